"""Objects made of others by highdicom: reports, key images, display states, segmentations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import highdicom as hd
import numpy as np
from pydicom import DataElement, dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.sr.codedict import codes
from pydicom.uid import UID

from tests import synthetic

_MAKER: dict[str, Any] = {
    "manufacturer": "Nobody",
    "manufacturer_model_name": "None",
    "software_versions": "1",
    "device_serial_number": "1",
}


def complete(one: Dataset) -> None:
    """Give a slice what highdicom asks of an image that others are made of."""
    for name, value in (
        ("StudyID", "1"),
        ("StudyTime", "101500"),
        ("ReferringPhysicianName", ""),
        ("FrameOfReferenceUID", f"{one.StudyInstanceUID}.500"),
        ("PositionReferenceIndicator", ""),
        ("SliceThickness", "2"),
        ("ContentDate", one.StudyDate),
        ("ContentTime", "101500"),
    ):
        setattr(one, name, value)


def segmentation(slices: Sequence[FileDataset]) -> FileDataset:
    """A segmentation of these slices."""
    mask = np.zeros((len(slices), slices[0].Rows, slices[0].Columns), dtype=np.uint8)
    mask[:, 4:9, 4:9] = 1
    segment = hd.seg.SegmentDescription(
        segment_number=1,
        segment_label="nodule",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Nodule,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )
    made = hd.seg.Segmentation(
        slices,
        mask,
        hd.seg.SegmentationTypeValues.BINARY,
        [segment],
        **_named(slices[0], 21),
        **_MAKER,
    )
    return _settled(made)


def structured_report(slices: Sequence[FileDataset]) -> FileDataset:
    """A report with one measurement."""
    measured = hd.sr.Measurement(name=codes.SCT.Diameter, value=8.0, unit=codes.UCUM.Millimeter)
    group = hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(
            uid=UID(f"{slices[0].StudyInstanceUID}.901"), identifier="nodule"
        ),
        measurements=[measured],
    )
    observer = hd.sr.ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=hd.sr.PersonObserverIdentifyingAttributes("Reader^Any"),
    )
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_person_context=observer),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=[group],
    )
    made = hd.sr.ComprehensiveSR(
        evidence=slices, content=content[0], **_named(slices[0], 22), manufacturer="Nobody"
    )
    return _settled(made)


def key_objects(slices: Sequence[FileDataset]) -> FileDataset:
    """A list of the images that matter."""
    content = hd.ko.KeyObjectSelection(
        document_title=codes.DCM.OfInterest, referenced_objects=slices
    )
    made = hd.ko.KeyObjectSelectionDocument(
        slices, content, **_named(slices[0], 23), manufacturer="Nobody"
    )
    return _settled(made)


def presentation_state(slices: Sequence[FileDataset]) -> FileDataset:
    """How to show an image."""
    window = hd.pr.SoftcopyVOILUTTransformation(window_center=40, window_width=400)
    made = hd.pr.GrayscaleSoftcopyPresentationState(
        slices,
        **_named(slices[0], 24),
        **_MAKER,
        content_label="LUNG",
        voi_lut_transformations=[window],
    )
    return _settled(made)


def screenshot(like: Dataset, number: int) -> FileDataset:
    """A screenshot in colour, of the patient and study of another object."""
    pixels = np.zeros((48, 64, 3), dtype=np.uint8)
    pixels[10:20, 10:50] = 200
    made = hd.sc.SCImage(
        pixels,
        hd.PhotometricInterpretationValues.RGB,
        8,
        hd.CoordinateSystemNames.PATIENT,
        study_instance_uid=like.StudyInstanceUID,
        **{**_named(like, 30), "instance_number": number},
        manufacturer="Nobody",
        patient_id=like.PatientID,
        patient_name=like.PatientName,
        patient_birth_date=like.PatientBirthDate,
        patient_sex=like.PatientSex,
        study_date=dt.date(2026, 4, 12),
        patient_orientation=("L", "P"),
    )
    made.SOPInstanceUID = UID(f"{like.StudyInstanceUID}.30.{number}")
    return _settled(made)


def dose_report(like: Dataset) -> FileDataset:
    """The structured report of a CT's dose, as a scanner adds it to every study."""
    one = synthetic.dataset(
        synthetic.StudyPlan(),
        synthetic.SeriesPlan(
            number=25,
            modality="SR",
            sop_class=synthetic.STORAGE + "88.67",
            description="Dose Report",
            image_type=("ORIGINAL", "PRIMARY"),
        ),
        0,
    )
    one.StudyInstanceUID = like.StudyInstanceUID
    one.ValueType = "CONTAINER"
    return one


def _named(like: Dataset, series: int) -> dict[str, Any]:
    uid = f"{like.StudyInstanceUID}.{series}"
    return {
        "series_instance_uid": uid,
        "series_number": series,
        "sop_instance_uid": f"{uid}.1",
        "instance_number": 1,
    }


#: What highdicom's own new UIDs begin with.
_NEW_UID = "1.2.826.0.1.3680043.10.511.3."


def _settled(made: Any) -> FileDataset:
    """The object as a file has it, without chance in it, and without the moment of its making."""
    renamed: dict[str, str] = {}

    def settle(_: Dataset, element: DataElement) -> None:
        if element.VR == "UI" and str(element.value).startswith(_NEW_UID):
            known = renamed.setdefault(str(element.value), f"2.25.4711.9.{len(renamed)}")
            element.value = UID(known)
        elif element.VR == "DT":
            element.value = "20260412101500"
        elif element.VR == "TM":
            element.value = "101500"
        elif element.VR == "DA" and str(element.value) > "2020":
            element.value = "20260412"  # a birth date is older, and stays

    if "ContributingEquipmentSequence" in made:
        del made.ContributingEquipmentSequence
    made.walk(settle)
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    buffer = BytesIO()
    made.save_as(buffer)
    return dcmread(BytesIO(buffer.getvalue()))
