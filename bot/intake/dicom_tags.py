"""Tags and value representations of the elements that are read, by their names in the standard.

pydicom knows them all, but it is a seventh of a second to import, which most discs never need. A name
that is not in here is looked up there.
"""

from __future__ import annotations

from functools import lru_cache

_TAGS: dict[str, tuple[int, str]] = {
    "MediaStorageSOPClassUID": (0x00020002, "UI"),
    "MediaStorageSOPInstanceUID": (0x00020003, "UI"),
    "TransferSyntaxUID": (0x00020010, "UI"),
    "DirectoryRecordSequence": (0x00041220, "SQ"),
    "DirectoryRecordType": (0x00041430, "CS"),
    "ReferencedFileID": (0x00041500, "CS"),
    "ReferencedSOPInstanceUIDInFile": (0x00041511, "UI"),
    "SpecificCharacterSet": (0x00080005, "CS"),
    "ImageType": (0x00080008, "CS"),
    "InstanceCreationDate": (0x00080012, "DA"),
    "SOPClassUID": (0x00080016, "UI"),
    "SOPInstanceUID": (0x00080018, "UI"),
    "StudyDate": (0x00080020, "DA"),
    "SeriesDate": (0x00080021, "DA"),
    "AcquisitionDate": (0x00080022, "DA"),
    "ContentDate": (0x00080023, "DA"),
    "AcquisitionDateTime": (0x0008002A, "DT"),
    "StudyTime": (0x00080030, "TM"),
    "AccessionNumber": (0x00080050, "SH"),
    "Modality": (0x00080060, "CS"),
    "ConversionType": (0x00080064, "CS"),
    "Manufacturer": (0x00080070, "LO"),
    "InstitutionName": (0x00080080, "LO"),
    "StudyDescription": (0x00081030, "LO"),
    "SeriesDescription": (0x0008103E, "LO"),
    "PatientName": (0x00100010, "PN"),
    "PatientID": (0x00100020, "LO"),
    "PatientBirthDate": (0x00100030, "DA"),
    "PatientSex": (0x00100040, "CS"),
    "OtherPatientIDs": (0x00101000, "LO"),
    "OtherPatientNames": (0x00101001, "PN"),
    "PatientAge": (0x00101010, "AS"),
    "BodyPartExamined": (0x00180015, "CS"),
    "SliceThickness": (0x00180050, "DS"),
    "EchoTime": (0x00180081, "DS"),
    "EchoNumbers": (0x00180086, "IS"),
    "SpacingBetweenSlices": (0x00180088, "DS"),
    "ProtocolName": (0x00181030, "LO"),
    "TriggerTime": (0x00181060, "DS"),
    "PatientPosition": (0x00185100, "CS"),
    "ViewPosition": (0x00185101, "CS"),
    "DiffusionBValue": (0x00189087, "FD"),
    "StudyInstanceUID": (0x0020000D, "UI"),
    "SeriesInstanceUID": (0x0020000E, "UI"),
    "StudyID": (0x00200010, "SH"),
    "SeriesNumber": (0x00200011, "IS"),
    "AcquisitionNumber": (0x00200012, "IS"),
    "InstanceNumber": (0x00200013, "IS"),
    "ImagePositionPatient": (0x00200032, "DS"),
    "ImageOrientationPatient": (0x00200037, "DS"),
    "FrameOfReferenceUID": (0x00200052, "UI"),
    "Laterality": (0x00200060, "CS"),
    "ImageLaterality": (0x00200062, "CS"),
    "TemporalPositionIdentifier": (0x00200100, "IS"),
    "NumberOfTemporalPositions": (0x00200105, "IS"),
    "ImagesInAcquisition": (0x00201002, "IS"),
    "SliceLocation": (0x00201041, "DS"),
    "NumberOfSeriesRelatedInstances": (0x00201209, "IS"),
    "StackID": (0x00209056, "SH"),
    "InStackPositionNumber": (0x00209057, "UL"),
    "SamplesPerPixel": (0x00280002, "US"),
    "PhotometricInterpretation": (0x00280004, "CS"),
    "NumberOfFrames": (0x00280008, "IS"),
    "Rows": (0x00280010, "US"),
    "Columns": (0x00280011, "US"),
    "PixelSpacing": (0x00280030, "DS"),
    "BitsAllocated": (0x00280100, "US"),
    "BitsStored": (0x00280101, "US"),
    "HighBit": (0x00280102, "US"),
    "PixelRepresentation": (0x00280103, "US"),
    "BurnedInAnnotation": (0x00280301, "CS"),
    "WindowCenter": (0x00281050, "DS"),
    "WindowWidth": (0x00281051, "DS"),
    "RescaleIntercept": (0x00281052, "DS"),
    "RescaleSlope": (0x00281053, "DS"),
    "LossyImageCompression": (0x00282110, "CS"),
    "LossyImageCompressionRatio": (0x00282112, "DS"),
    "LossyImageCompressionMethod": (0x00282114, "CS"),
    "ConceptNameCodeSequence": (0x0040A043, "SQ"),
    "DocumentTitle": (0x00420010, "ST"),
    "EncapsulatedDocument": (0x00420011, "OB"),
    "MIMETypeOfEncapsulatedDocument": (0x00420012, "LO"),
    "SharedFunctionalGroupsSequence": (0x52009229, "SQ"),
    "PerFrameFunctionalGroupsSequence": (0x52009230, "SQ"),
}


def tag_of(name: str) -> int:
    """The tag, group and element in one number. Raises `KeyError` for what is no name."""
    known = _TAGS.get(name)
    return known[0] if known else _looked_up(name)[0]


def vr_of(name: str) -> str:
    """The value representation that the standard gives it, such as `PN`."""
    known = _TAGS.get(name)
    return known[1] if known else _looked_up(name)[1]


@lru_cache(maxsize=1024)
def may_be_sequence(tag: int) -> bool:
    """Whether the standard has a sequence at this tag, or nothing at all."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    return not dictionary_has_tag(tag) or dictionary_VR(tag) == "SQ"


def known() -> dict[str, tuple[int, str]]:
    """All names that need no looking up, with tag and representation."""
    return dict(_TAGS)


def _looked_up(name: str) -> tuple[int, str]:
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    tag = tag_for_keyword(name)
    if tag is None:
        raise KeyError(name)
    _TAGS[name] = (tag, dictionary_VR(tag))
    return _TAGS[name]
