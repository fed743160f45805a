"""Small tables in the older encodings: which one it is, told by the letters."""

import pytest

from workbench.data.reading import user_files
from workbench.data.reading.alphabets import by_letters

LINES = {
    "shift_jis": ["とても良い映画です", "話が長すぎて眠くなった", "もう一度見たいと思います"],
    "euc_jp": ["コーヒーがおいしいカフェ", "店員さんの態度が悪かった", "また行きたいです"],
    "cp932": ["①の商品は品質が良い", "届いた箱がつぶれていた", "返品の手続きがとても面倒でした"],
    "euc_kr": ["정말 좋은 영화였습니다", "배우들의 연기가 별로였다", "다시 보고 싶어요"],
    "cp949": ["뷁스럽다 정말", "똠방각하 재미있다", "음식이 차갑게 나왔어요"],
    "cp1251": ["очень хороший фильм", "смотреть это невозможно", "Актёры играют прекрасно"],
    "koi8_r": ["очень хороший фильм", "смотреть это невозможно", "Актёры играют прекрасно"],
    "cp866": ["очень хороший фильм", "смотреть это невозможно", "Актёры играют прекрасно"],
    "cp1253": ["πολύ καλή ταινία", "η ιστορία ήταν βαρετή", "θα την ξαναδώ σίγουρα"],
    "cp1255": ["סרט טוב מאוד", "הסיפור היה משעמם וארוך", "אני אראה אותו שוב עם הילדים"],
    "cp1256": ["فيلم جيد جدا", "القصة كانت مملة وطويلة", "سأشاهده مرة أخرى مع العائلة"],
    "cp874": ["หนังดีมากเลย", "เรื่องยาวเกินไปและน่าเบื่อ", "อยากดูอีกครั้งกับครอบครัว"],
}
OTHERS = {  # what letters alone do not tell is left to the statistics
    "gb18030": ["这部电影非常好看", "质量太差了，不会再买", "服务态度很好，房间太小"],
    "big5": ["這部電影非常好看", "服務態度很差", "房間太小而且很吵"],
    "cp1252": ["très bon café à Zürich", "l’été a été long", "schöne Größe"],
    "cp1250": ["bardzo dobry film, żółć", "źle się ogląda", "już nigdy więcej"],
}


@pytest.mark.parametrize("encoding", LINES)
def test_the_letters_tell(encoding):
    sample = "\n".join(LINES[encoding]).encode(encoding)
    found = by_letters(sample)
    assert found is not None
    assert sample.decode(found).splitlines() == LINES[encoding]


@pytest.mark.parametrize("encoding", OTHERS)
def test_nothing_is_told_of_others(encoding):
    assert by_letters("\n".join(OTHERS[encoding]).encode(encoding)) is None


@pytest.mark.parametrize("encoding", [*LINES, "gb18030", "big5", "cp1252"])
def test_a_small_table_is_read_as_it_was_written(tmp_path, encoding):
    lines = {**LINES, **OTHERS}[encoding]
    text = "text\tlabel\n" + "".join(
        f"{line} {n}\t{'ab'[n % 2]}\n" for n, line in enumerate(lines * 4)
    )
    (tmp_path / "a.tsv").write_bytes(text.encode(encoding))
    reports = []
    table = user_files.read_file(tmp_path / "a.tsv", reports=reports)
    assert table["text"].to_pylist()[:3] == [f"{line} {n}" for n, line in enumerate(lines)]
    note = next(note for note in reports[0].notes if note.check == "encoding")
    assert note.severity == "warning" and "a guess" in note.what


OLDER = {
    "iso8859_2": ["Książka była nudna i żałosna", "Piękna, ciepła opowieść dla łąki"],
    "mac_roman": ["Die Übergröße war schäbig und öde", "Ein süßes Märchen über einen Bären"],
    "cp850": ["Die Übergröße war schäbig und öde", "Ein süßes Märchen über einen Bären"],
    "cp1252": ["Die Übergröße war schäbig und öde", "Ein süßes Märchen, l’été à Œuvre"],
}


@pytest.mark.parametrize("encoding", OLDER)
def test_signs_within_words_tell_of_a_wrong_encoding(tmp_path, encoding):
    path = tmp_path / "a.csv"
    rows = [f'"{line}",{n % 2}' for n, line in enumerate(OLDER[encoding] * 6)]
    path.write_bytes("\n".join(["text,label", *rows]).encode(encoding))
    reports = []
    found = user_files.read_file(path, None, reports)["text"].to_pylist()
    assert found == OLDER[encoding] * 6
    assert [note.check for note in reports[0].notes if note.severity == "warning"] == ["encoding"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line", ["плохо, скучно", "这个很好看", "كتاب ممل جدا", "fine story"])
def test_utf_16_without_a_mark_is_known_in_every_script(tmp_path, encoding, line):
    path = tmp_path / "a.csv"
    lines = [f'"{line} {n}",{n % 2}' for n in range(12)]
    path.write_bytes("\n".join(["text,label", *lines]).encode(encoding))
    assert user_files.read_file(path)["text"].to_pylist()[3] == f"{line} 3"


@pytest.mark.parametrize(
    "line", ["well…you know…it was fine", "a fine•small•warm house", "he said “hello”and left",
             "la plage était belle…vraiment", "Não é bom, coração, você está aí"],
    ids=["dots", "bullets", "quotes", "among accents", "Portuguese"],
)  # fmt: skip
def test_western_lines_stay_what_they_are_whatever_stands_between_their_words(tmp_path, line):
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(["text,label", *[f'"{line}",{n % 2}' for n in range(12)]])
                     .encode("cp1252"))  # fmt: skip
    assert set(user_files.read_file(path)["text"].to_pylist()) == {line}
