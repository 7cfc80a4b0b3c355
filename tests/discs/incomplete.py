"""Discs that lack something, and those that only look so: a false alarm frightens for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydicom.dataset import FileDataset

from tests import synthetic
from tests.discs import images, programs
from tests.discs.expected import Found, StudyIs, disc, image, localizer
from tests.discs.whole import CHEST_IS, HEAD_IS
from tests.synthetic import MR, SeriesPlan, StudyPlan


def zipped(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A zip of these files, as 7-Zip makes it."""
    return programs.zip_by_7z(programs.laid_out(folder / "disc", files), folder / "disc.zip")


def one_study(*series: object, may: tuple[str, ...] = ()) -> Found:
    """One study of one patient, whole, with nothing to say about it."""
    return Found(
        ignored=0,
        patients=1,
        studies=(StudyIs(series=series),),  # type: ignore[arg-type]  # SeriesIs, said shorter
        may=may,
    )


def lacking(*series: object) -> Found:
    """The same, but something is missing."""
    return replace(one_study(*series), codes=("missing_instances",))


# ---- lost --------------------------------------------------------------------------------------


@disc(
    "Twenty files in a row did not come over when the CD was copied; its DICOMDIR names them.",
    Found(
        patients=1,
        studies=(
            StudyIs(
                series=(
                    localizer("CT", 2),
                    image("CT", 20, missing=20, certain=True),
                    image("CT", 24),
                )
            ),
        ),
        codes=("dicomdir_missing_files",),
        may=("missing_instances",),
    ),
)
def dicomdir_names_what_is_absent(folder: Path) -> Path:
    gone = {f"DICOM/ST001/SE002/IM{n:06}" for n in range(13, 33)}
    return zipped(folder, {n: d for n, d in images.chest_disc().items() if n not in gone})


@disc(
    "A relative copied half of the CD: of two scans that it names, one did not come.",
    Found(
        patients=1,
        studies=(HEAD_IS,),
        codes=("dicomdir_missing_files",),
        may=("missing_instances",),
    ),
)
def half_of_the_disc(folder: Path) -> Path:
    both = images.with_dicomdir({**images.of(images.CHEST), **images.head_files()})
    return zipped(folder, {n: d for n, d in both.items() if "ST001" not in n})


_LOST_INSIDE = replace(
    images.HEAD,
    series=(
        replace(images.HEAD.series[0], slices=30, absent=frozenset({5, 11, 12, 13, 20, 21, 27})),
        replace(images.HEAD.series[1], slices=30),
    ),
)


@disc(
    "Seven slices are lost inside an MRI without a DICOMDIR: place and number agree on it.",
    lacking(image("MR", 23, missing=7, certain=True), image("MR", 30)),
)
def seven_slices_lost_inside(folder: Path) -> Path:
    return zipped(folder, images.of(_LOST_INSIDE))


@disc(
    "The tail is lost, and nothing in the headers can tell; silence is right.",
    # A sibling series of the same places may tell a clever reader, who may then suspect it.
    one_study(image("MR", 23), image("MR", 30)),
)
def tail_lost_without_a_trace(folder: Path) -> Path:
    first, second = _LOST_INSIDE.series
    tail = replace(first, absent=frozenset(range(24, 31)), extra={"EchoTime": "90"}, spacing=5.3)
    return zipped(folder, images.of(replace(_LOST_INSIDE, series=(tail, second))))


@disc(
    "The tail is lost, and each slice says how many its acquisition had.",
    lacking(image("CT", 33, missing=7)),
)
def tail_lost_but_counted(folder: Path) -> Path:
    plan = replace(
        images.THORAX, absent=frozenset(range(34, 41)), extra={"ImagesInAcquisition": 40}
    )
    return zipped(folder, images.of(images.CHEST, plan))


@disc(
    "A head CT with a leaning gantry lacks four slices.",
    lacking(image("CT", 26, missing=4, certain=True)),
)
def tilted_gantry_with_a_gap(folder: Path) -> Path:
    plan = SeriesPlan(slices=30, absent=frozenset({9, 10, 11, 12}), body_part="HEAD")
    return zipped(folder, images.of(StudyPlan(), plan, change=images.tilted(18, 5)))


@disc(
    "One phase of a CT of the heart did not arrive whole: three places have one image less.",
    # The counts of the phases are one signal, the numbers are another: 3 both times.
    lacking(image("CT", 97, missing=3)),
)
def a_phase_lacks_three(folder: Path) -> Path:
    plan = SeriesPlan(slices=20, phases=5, absent=frozenset({44, 51, 57}))
    return zipped(folder, images.of(StudyPlan(), plan))


@disc(
    "An enhanced MRI was sent in three parts, and the middle one is not there.",
    Found(patients=1, studies=None, images=2, codes=("missing_instances",)),
)
def part_of_a_concatenation_lost(folder: Path) -> Path:
    plan = replace(images.HEAD.series[0], slices=1, sop_class=images.ENHANCED_MR)
    files = {}
    for part in (1, 3):
        places = [(0, 0, 5.0 * n) for n in range((part - 1) * 10, part * 10)]
        one = images.multi_frame(images.HEAD, plan, frames=10, places=places)
        images.uid(one, f"{one.SOPInstanceUID}.{part}")
        one.ConcatenationUID = f"{one.SeriesInstanceUID}.77"
        one.InConcatenationNumber = part
        one.InConcatenationTotalNumber = 3
        one.ConcatenationFrameOffsetNumber = (part - 1) * 10
        one.InstanceNumber = part
        files[f"PART{part}"] = synthetic.encoded(one)
    return zipped(folder, files)


@disc(
    "An enhanced CT says 30 frames and holds 20.",
    Found(patients=1, images=1, codes=("truncated_instance",), may=("missing_instances",)),
)
def enhanced_ct_cut_off(folder: Path) -> Path:
    plan = SeriesPlan(slices=1, sop_class=images.ENHANCED_CT, rows=32, columns=32)
    places = [(0, 0, 2.0 * n) for n in range(30)]
    one = images.multi_frame(StudyPlan(), plan, frames=30, places=places, stored=20)
    return zipped(folder, {"CT": synthetic.encoded(one)})


# ---- whole, whatever it looks like -------------------------------------------------------------


@disc(
    "A leaning gantry: places are along the table, not along the slice.", one_study(image("CT", 30))
)
def tilted_gantry(folder: Path) -> Path:
    plan = SeriesPlan(slices=30, body_part="HEAD")
    return zipped(folder, images.of(StudyPlan(), plan, change=images.tilted(18, 5)))


@disc("An enhanced CT and an enhanced MRI, all frames there.", Found(patients=1, images=2))
def enhanced_objects(folder: Path) -> Path:
    places = [(0, 0, 2.0 * n) for n in range(24)]
    ct = SeriesPlan(slices=1, sop_class=images.ENHANCED_CT)
    mr = replace(images.HEAD.series[0], slices=1, sop_class=images.ENHANCED_MR)
    return zipped(
        folder,
        {
            "CT": synthetic.encoded(images.multi_frame(StudyPlan(), ct, frames=24, places=places)),
            "MR": synthetic.encoded(images.multi_frame(images.HEAD, mr, frames=24, places=places)),
        },
    )


@disc("A CT of the heart in five phases: each place five times.", one_study(image("CT", 100)))
def five_phases(folder: Path) -> Path:
    return zipped(folder, images.of(StudyPlan(), SeriesPlan(slices=20, phases=5)))


@disc(
    "Diffusion: one image without weighting, then thirteen directions, at each place.",
    one_study(image("MR", 14 * 14)),
)
def diffusion_of_uneven_b_values(folder: Path) -> Path:
    plan = replace(images.HEAD.series[0], slices=14, phases=14, description="ep2d_diff")

    def weighted(one: FileDataset, index: int) -> None:
        one.DiffusionBValue = 0.0 if index < 14 else 1000.0

    return zipped(folder, images.of(images.HEAD, plan, change=weighted))


@disc(
    "Diffusion whose unweighted images stand at every second place only.",
    # 12 places of 12 directions, and 6 without weighting: legal, and no pattern of a loss.
    one_study(image("MR", 12 * 4 + 6)),
)
def diffusion_with_sparse_b0(folder: Path) -> Path:
    plan = replace(images.HEAD.series[0], slices=54, description="ep2d_diff")

    def weighted(one: FileDataset, index: int) -> None:
        place = (index * 2) if index < 6 else (index - 6) % 12
        one.update(images.placed((0, 0, 5.0 * place)))
        one.DiffusionBValue = 0.0 if index < 6 else 800.0

    return zipped(folder, images.of(images.HEAD, plan, change=weighted))


@disc(
    "A spine: three stacks at three discs, each leaning its own way, none between them.",
    one_study(image("MR", 15)),
)
def spine_in_three_stacks(folder: Path) -> Path:
    plan = replace(images.HEAD.series[0], slices=15, description="t2_tse_tra lumbar")

    def stacked(one: FileDataset, index: int) -> None:
        stack, place = divmod(index, 5)
        lean = (0.0, 0.087, 0.174)[stack]
        one.update(
            images.placed(
                (0, lean * 4 * place, -60.0 * stack + 4 * place),
                (1, 0, 0, 0, round((1 - lean**2) ** 0.5, 6), -lean),
            )
        )

    return zipped(folder, images.of(images.HEAD, plan, change=stacked))


@disc(
    "A spine: three parallel stacks with 40 mm between them, numbered through.",
    one_study(image("MR", 15)),
)
def spine_in_parallel_stacks(folder: Path) -> Path:
    plan = replace(images.HEAD.series[0], slices=15, description="t2_tse_tra spine")

    def stacked(one: FileDataset, index: int) -> None:
        stack, place = divmod(index, 5)
        one.update(images.placed((0, 0, 60.0 * stack + 4 * place)))

    return zipped(folder, images.of(images.HEAD, plan, change=stacked))


@disc(
    "Two energies in two series: one has the odd numbers, the other the even ones.",
    one_study(image("CT", 30), image("CT", 30)),
)
def dual_energy_interleaved(folder: Path) -> Path:
    files: dict[str, bytes] = {}
    for number, first, kvp in ((5, 1, "80"), (6, 2, "140")):
        plan = SeriesPlan(number=number, slices=30, description=f"DE {kvp} kV", extra={"KVP": kvp})

        def numbered(one: FileDataset, index: int, first: int = first) -> None:
            one.InstanceNumber = first + 2 * index

        files |= images.of(StudyPlan(), plan, change=numbered)
    return zipped(folder, files)


@disc("Two energies in one series: every place twice.", one_study(image("CT", 60)))
def dual_energy_in_one_series(folder: Path) -> Path:
    plan = SeriesPlan(slices=60, description="DE mixed")

    def paired(one: FileDataset, index: int) -> None:
        one.update(images.placed((0, 0, 2.0 * (index // 2))))
        one.KVP = "80" if index % 2 else "140"

    return zipped(folder, images.of(StudyPlan(), plan, change=paired))


@disc("Places that tremble by 0.04 mm, as reconstructions have them.", one_study(image("CT", 60)))
def trembling_places(folder: Path) -> Path:
    return zipped(folder, images.of(StudyPlan(), SeriesPlan(slices=60, jitter=0.04)))


@disc(
    "Thin slices at the base of the skull, thick ones above: the distance changes once.",
    one_study(image("CT", 32)),
)
def thin_then_thick(folder: Path) -> Path:
    def changing(one: FileDataset, index: int) -> None:
        one.update(images.placed((0, 0, index * 2.5 if index < 16 else 40 + (index - 16) * 5.0)))

    return zipped(folder, images.of(StudyPlan(), SeriesPlan(slices=32), change=changing))


@disc(
    "Numbers from 101 down, none at all in another series.",
    one_study(image("CT", 30), image("CT", 30)),
)
def numbers_of_all_kinds(folder: Path) -> Path:
    def down(one: FileDataset, index: int) -> None:
        if one.SeriesNumber == 2:
            one.InstanceNumber = 130 - index
        else:
            del one.InstanceNumber

    plans = (SeriesPlan(number=2, slices=30), SeriesPlan(number=3, slices=30))
    return zipped(folder, images.of(StudyPlan(), *plans, change=down))


@disc(
    "The three planes of a knee in one series, and single images of a fourth.",
    one_study(image("MR", 33)),
)
def three_planes_in_one_series(folder: Path) -> Path:
    plan = SeriesPlan(
        slices=33,
        modality="MR",
        sop_class=MR,
        description="pd_fs",
        body_part="KNEE",
        image_type=("ORIGINAL", "PRIMARY", "M"),
    )
    planes = (
        ((1, 0, 0, 0, 1, 0), (0, 0, 3.5)),
        ((1, 0, 0, 0, 0, -1), (0, 3.5, 0)),
        ((0, 1, 0, 0, 0, -1), (3.5, 0, 0)),
    )

    def turned(one: FileDataset, index: int) -> None:
        orientation, step = planes[index // 11]
        one.update(images.placed([value * (index % 11) for value in step], orientation))

    return zipped(folder, images.of(StudyPlan(), plan, change=turned))


@disc(
    "Each file is on the CD twice, in two folders.",
    Found(dicom=132, ignored=0, patients=1, studies=(CHEST_IS,), codes=("duplicates",)),
)
def every_file_twice(folder: Path) -> Path:
    files = images.of(images.CHEST)
    return zipped(folder, files | {f"COPY/{name}": data for name, data in files.items()})
