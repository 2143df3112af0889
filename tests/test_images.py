"""Photo uploads: what of a picture is left on disk, and under which name."""

import io

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from parks import images
from tests.pictures import colour, drawing, encoded, opened, uploaded


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT / "photos"


# what is stored


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (2000, (480, 960, 1600)),
        (1600, (480, 960, 1600)),
        (1599, (480, 960, 1599)),
        (960, (480, 960)),
        (300, (300,)),
    ],
)
def test_each_width_is_stored_in_both_kinds_and_never_scaled_up(media, width, expected):
    photo = images.store(uploaded(encoded(drawing((width, width // 2)))))

    assert (photo.width, photo.height, photo.widths) == (width, width // 2, expected)
    assert sorted(path.name for path in media.iterdir()) == sorted(
        f"{photo.stem}-{each}.{kind}" for each in expected for kind in ("webp", "jpg")
    )
    for each in expected:
        for kind, name in (("webp", "WEBP"), ("jpg", "JPEG")):
            with opened(photo, each, kind) as picture:
                assert (picture.format, picture.mode, picture.width) == (name, "RGB", each)
                assert abs(picture.height - each / 2) <= 1
                assert colour(picture, 0.3, 0.8) == "red"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_decoder_decides_the_format_and_not_the_name(kind):
    photo = images.store(uploaded(encoded(drawing(), kind), "report.pdf"))
    assert photo.widths == (480, 640)


def test_position_comments_and_profile_are_gone_from_every_file(media):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "TellTaleCamera"
    exif[ExifTags.Base.ImageDescription] = "TellTaleCaption"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (33.0, 41.0, 3.0)
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = encoded(
        drawing((2000, 900)),
        exif=exif,
        comment=b"TellTaleComment",
        icc_profile=profile,
        xmp=b"<x>TellTaleXmp</x>",
    )
    with Image.open(io.BytesIO(source)) as before:
        assert before.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert "comment" in before.info and "icc_profile" in before.info

    images.store(uploaded(source))

    stored = list(media.iterdir())
    assert len(stored) == 6
    for path in stored:
        assert b"TellTale" not in path.read_bytes()
        with Image.open(path) as after:
            assert not after.getexif()
            assert not {"exif", "comment", "icc_profile", "xmp", "dpi"} & set(after.info)


def test_a_comment_is_gone_also_where_nothing_is_resized_or_converted(media):
    images.store(uploaded(encoded(drawing((480, 300)), comment=b"TellTaleComment", xmp=b"<x>TellTaleXmp</x>")))
    assert len(list(media.iterdir())) == 2
    assert all(b"TellTale" not in path.read_bytes() for path in media.iterdir())


def test_text_chunks_of_a_png_are_gone(media):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "TellTaleAuthor", zip=False)
    images.store(uploaded(encoded(drawing(), "PNG", pnginfo=notes)))
    assert all(b"TellTale" not in path.read_bytes() for path in media.iterdir())


def test_what_hangs_behind_the_picture_is_gone(media):
    clip = b"....ftypmp42TellTaleMotionClip" * 50
    source = encoded(drawing((480, 300))) + clip

    images.store(uploaded(source))

    for path in media.iterdir():
        assert b"TellTale" not in path.read_bytes()
        assert path.read_bytes() != source


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("wide", [640, 2400])
def test_a_turned_photo_is_stored_upright(turn, wide):
    upright = drawing((wide, wide // 2))
    undo = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    turned = upright
    for step in undo[turn]:
        turned = turned.transpose(step)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn

    photo = images.store(uploaded(encoded(turned, exif=exif)))

    assert (photo.width, photo.height) == (wide, wide // 2)
    with opened(photo) as picture:
        assert picture.width == min(wide, 1600)
        assert (colour(picture, 0.1, 0.1), colour(picture, 0.1, 0.9)) == ("green", "red")
        assert (colour(picture, 0.9, 0.1), colour(picture, 0.9, 0.9)) == ("blue", "blue")


def test_a_large_photo_is_shrunk_to_the_largest_width_before_it_is_turned(monkeypatch):
    sizes = []

    def transpose(self, method):
        sizes.append(self.size)
        return turn(self, method)

    turn = Image.Image.transpose
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    source = encoded(drawing((1200, 2400)), exif=exif)
    monkeypatch.setattr(Image.Image, "transpose", transpose)
    assert images.store(uploaded(source)).width == 2400
    assert sizes == [(800, 1600)]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_refuse_a_good_picture():
    photo = images.store(uploaded(encoded(drawing(), exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")))
    assert photo.width == 640


def test_a_cmyk_jpeg_becomes_rgb():
    photo = images.store(uploaded(encoded(drawing(mode="CMYK"))))
    with opened(photo) as picture:
        assert picture.mode == "RGB"
        assert (colour(picture, 0.4, 0.8), colour(picture, 0.9, 0.8)) == ("red", "blue")


def test_a_wide_colour_profile_is_converted_and_not_just_dropped():
    # A profile whose red and blue are swapped shows whether it was applied.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.find(b"rXYZ"), profile.find(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    photo = images.store(uploaded(encoded(drawing(), "PNG", icc_profile=bytes(profile))))
    with opened(photo) as picture:
        assert (colour(picture, 0.4, 0.8), colour(picture, 0.9, 0.8)) == ("blue", "red")


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 200, b"x" * 5_000_000])
def test_a_broken_colour_profile_is_ignored(profile):
    photo = images.store(uploaded(encoded(drawing(), "JPEG", icc_profile=profile)))
    with opened(photo) as picture:
        assert colour(picture, 0.4, 0.8) == "red"


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA"])
def test_transparency_becomes_white(mode):
    picture = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (300, 0, 600, 400))
    photo = images.store(uploaded(encoded(picture.convert(mode), "PNG")))
    for kind in ("jpg", "webp"):
        with opened(photo, kind=kind) as stored:
            assert min(stored.getpixel((100, 200))) > 250
            assert max(stored.getpixel((500, 200))) < 5


def test_a_16_bit_png_keeps_its_greys():
    picture = Image.new("I;16", (600, 400), 0x8000)
    photo = images.store(uploaded(encoded(picture, "PNG")))
    with opened(photo) as stored:
        assert all(abs(level - 128) <= 2 for level in stored.getpixel((300, 200)))


def test_a_one_bit_png_is_taken():
    photo = images.store(uploaded(encoded(Image.new("1", (600, 400), 1), "PNG")))
    with opened(photo) as stored:
        assert stored.getpixel((300, 200)) == (255, 255, 255)


def test_a_phone_jpeg_with_a_second_picture_gives_the_first():
    second = Image.new("RGB", (64, 40), (0, 0, 0))
    source = encoded(drawing(), "MPO", save_all=True, append_images=[second])
    photo = images.store(uploaded(source))
    assert (photo.width, photo.height) == (640, 400)


# names and files


@pytest.mark.parametrize("name", ["../../x.jpg", "a\0b.jpg", "\u202egpj.exe", "x" * 300, '";x=.jpg', "CON"])
def test_the_name_of_the_upload_never_reaches_the_disk(media, name):
    upload = io.BytesIO(encoded(drawing()))
    upload.name = name

    photo = images.store(upload)

    assert images.STEM.fullmatch(photo.stem)
    assert all(path.name.startswith(f"{photo.stem}-") for path in media.parent.rglob("*") if path.is_file())
    assert images.store(io.BytesIO(encoded(drawing()))).stem != photo.stem


def test_a_failed_write_leaves_nothing_behind(media, monkeypatch):
    calls = []

    def fail_on_the_third(*args):
        calls.append(args)
        if len(calls) == 3:
            raise OSError("disk full")
        write(*args)

    write = images._write
    monkeypatch.setattr(images, "_write", fail_on_the_third)
    with pytest.raises(OSError, match="disk full"):
        images.store(uploaded(encoded(drawing((2000, 900)))))
    assert len(calls) == 3
    assert list(media.iterdir()) == []


def test_remove_deletes_this_photo_only_and_may_run_twice(media):
    kept, gone = (images.store(uploaded(encoded(drawing()))) for _ in range(2))
    images.remove(gone.stem)
    images.remove(gone.stem)
    assert {path.name.split("-")[0] for path in media.iterdir()} == {kept.stem}


@pytest.mark.parametrize("stem", ["", "*", "../" + "a" * 29, "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"])
def test_remove_refuses_what_is_no_stem(stem):
    with pytest.raises(ValueError, match="not the stem"):
        images.remove(stem)


def test_path_of_finds_stored_files_and_nothing_else(media):
    photo = images.store(uploaded(encoded(drawing())))
    (media / f".{photo.stem}-480.jpg.part").write_bytes(b"half written")

    assert images.path_of(photo.stem, 480, "webp") == media / f"{photo.stem}-480.webp"
    assert images.path_of(photo.stem, "640", "jpg") == media / f"{photo.stem}-640.jpg"
    for stem, width, ext in [
        (photo.stem, 960, "jpg"),
        (photo.stem, 480, "png"),
        (photo.stem, "480.jpg/..", "jpg"),
        (photo.stem, -480, "jpg"),
        (photo.stem, "٤٨٠", "jpg"),
        (photo.stem, "9" * 5000, "jpg"),
        ("../photos/" + photo.stem, 480, "jpg"),
        ("f" * 32, 480, "jpg"),
        ("a\0b", 480, "jpg"),
    ]:
        with pytest.raises(FileNotFoundError):
            images.path_of(stem, width, ext)
