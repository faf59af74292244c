"""Names of places as people write them: both Chinese scripts, a country or a word such as station beside the name."""

import itertools

import pytest

from corridor import audit
from corridor.countries import country_rows, find_country
from corridor.errors import UnknownName
from corridor.names import SIMPLIFIED, TRADITIONAL, fold
from corridor.places import find_place, find_station, name_index, station_rows
from corridor.ports import find_port, port_rows

TABLES = {"stations": (station_rows(), find_station), "ports": (port_rows(), find_port)}
CHINESE = [
    pytest.param(name, key, find, id=f"{what}-{name}")
    for what, (rows, find) in TABLES.items()
    for key, row in rows.items()
    for name in (row["name_zh"], *row["aliases"].split(";"))
    if any("\u4e00" <= c <= "\u9fff" for c in name)
]

# Characters of our names that both scripts write alike, looked up one by one; a name with another one must be checked.
SAME = set(
    "三上下丘中丹九二五京什代伊伯佐佩佳侯保信元六冷切列利力加勃勒包化北十南博卡原口吉吐呼和哈哥唐商嘉四固圳坊坎埃城埠基堡堰"
    "塔塘塞境多大天太夫奇奈奎姆威娃子季安宋定察寨封尼屯山岔岸峪崴川州巴市常平底店康廊弗彰彼徐得德息恰惠成拉捷掖摩敦斯新施日昂"
    "昌明春普景曼月朔木杜杭林果柏柳株格桂梅棕榆次武比毛民水永汗江汾沂沃沙河沽泉法波泰洋洛津洮洲浩海涅涪涿淄深港湖湘源溪滁滕漯"
    "漳潭濮火烽照牙牡特琳瓦界畔略番白皇石祁福科秦穆站符米精綦耶聊肥舒芬茨茶莞莫菏萍葫蒂虎蚌衡衢襄西詹赤赫路辛迪迭通道遵邢邯邵"
    "郴都鄂酒重金阜阿陵雅集雷霍霸青鞍韶高鹿麻黎"
    "克合同圣家布托昆松沈泽秋舍谷采里岳余台扎"
)


@pytest.mark.parametrize(
    ("traditional", "key"),
    [
        ("滿洲里", "manzhouli"),
        ("滿洲裡", "manzhouli"),
        ("滿洲裏", "manzhouli"),
        ("綏芬河", "suifenhe"),
        ("同江北", "tongjiang-north"),
        ("哈爾濱", "harbin"),
        ("重慶", "chongqing"),
        ("瀋陽", "shenyang"),
        ("鄭州", "zhengzhou"),
        ("蘇州", "suzhou"),
        ("廣州", "guangzhou"),
        ("長春", "changchun"),
        ("齊齊哈爾", "qiqihar"),
        ("後貝加爾斯克", "zabaykalsk"),
        ("葉卡捷琳堡", "yekaterinburg"),
        ("漢堡", "hamburg"),
        ("華沙", "warsaw"),
        ("海參崴", "vladivostok"),
        ("霍爾果斯", "khorgos"),
        ("二連浩特", "erenhot"),
        ("豐臺", "fengtai"),
        ("新餘", "xinyu"),
        ("濟南站", "jinan-st"),
        ("中衞", "zhongwei"),
        ("蕪湖", "wuhu"),
    ],
)
def test_traditional_names_written_by_hand(traditional, key):
    assert find_station(traditional) == key


@pytest.mark.parametrize(("name", "key", "find"), CHINESE)
def test_every_chinese_name_is_found_in_traditional_characters(name, key, find):
    variants = {c: [t for t, s in zip(TRADITIONAL, SIMPLIFIED, strict=True) if s == c] or [c] for c in name}
    for characters in itertools.product(*(variants[c] for c in name)):
        assert find("".join(characters)) == key
    assert find(name) == key


@pytest.mark.parametrize(("name", "key", "find"), CHINESE)
def test_every_character_has_been_looked_up_in_both_scripts(name, key, find):
    unknown = {c for c in name if "\u4e00" <= c <= "\u9fff"} - SAME - set(SIMPLIFIED)
    assert not unknown, f"add to corridor.names, or here where both scripts are alike: {unknown}"


def test_no_character_stands_for_two():
    assert len(set(TRADITIONAL)) == len(TRADITIONAL) == len(SIMPLIFIED)
    assert not set(TRADITIONAL) & set(SIMPLIFIED)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Manzhouli, China", "manzhouli"),
        ("manzhouli , CN", "manzhouli"),
        ("\ufeffManzhouli\u200b", "manzhouli"),
        ("\u200e满洲里\u2060站", "manzhouli"),
        ("Manzhouli (China)", "manzhouli"),
        ("Manzhouli（中国）", "manzhouli"),
        ("滿洲里，中國", "manzhouli"),
        ("中国满洲里", "manzhouli"),
        ("Маньчжурия, Китай", "manzhouli"),
        ("Manzhouli station", "manzhouli"),
        ("Manzhouli Railway Station", "manzhouli"),
        ("MANZHOULI STATION, CHINA", "manzhouli"),
        ("Manzhouli Railway Port", "manzhouli"),
        ("port of Manzhouli", "manzhouli"),
        ("满洲里站", "manzhouli"),
        ("滿洲里車站", "manzhouli"),
        ("满洲里市", "manzhouli"),
        ("满洲里口岸", "manzhouli"),
        ("滿洲里鐵路口岸", "manzhouli"),
        ("满洲里站（中国）", "manzhouli"),
        ("станция Забайкальск", "zabaykalsk"),
        ("ст. Забайкальск", "zabaykalsk"),
        ("ж/д станция Забайкальск", "zabaykalsk"),
        ("Забайкальск (станция)", "zabaykalsk"),
        ("Забайкальск, Россия", "zabaykalsk"),
        ("Забайкальск, РФ", "zabaykalsk"),
        ("俄罗斯后贝加尔斯克", "zabaykalsk"),
        ("白俄罗斯明斯克", "minsk"),
        ("г. Харбин", "harbin"),
        ("kunowice-border, Poland", "kunowice-border"),
        ("Manzhouli border crossing", "manzhouli"),
        ("Małaszewicze terminal", "malaszewicze"),
        ("Hamburg, Deutschland", "hamburg"),
        ("Dostyk, 哈薩克", "dostyk"),
        # A name of the table is never taken apart, and a station goes before its city.
        ("Harbin station", "harbin-st"),
        ("Harbin railway station", "harbin-st"),
        ("哈爾濱火車站", "harbin-st"),
        ("станция Тюмень", "tyumen-st"),
        ("Тюмень (ст.)", "tyumen-st"),
        ("Beijing West railway station", "beijing-west"),
        ("Harbin (Xiangfang)", "harbin"),
        ("Frankfurt (Oder)", "frankfurt-oder"),
        ("Mukran Port", "mukran"),
        ("Ulan\u2011Ude", "ulan-ude"),
    ],
)
def test_words_beside_a_name(name, key):
    assert find_station(name) == key


@pytest.mark.parametrize("name", ["Manzhouli, China", "滿洲里口岸", "Manzhouli railway port", "порт Маньчжурия"])
def test_words_beside_the_name_of_a_port(name):
    assert find_port(name) == "manzhouli"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Harbin, Germany", "no place 'Harbin, Germany': harbin lies in China, not in Germany"),
        ("Harbin station (Russia)", "harbin-st lies in China, not in Russia"),
        ("俄罗斯满洲里", "manzhouli lies in China, not in Russia"),
        ("Khorgos, Kazakhstan", "khorgos lies in China, not in Kazakhstan"),
        ("Harbin, Heilongjiang", "Did you mean harbin"),
        ("Harbin, Atlantis", "Did you mean harbin"),
        ("Harbim", "Did you mean harbin"),
        ("China", "no place 'China'"),
        ("station", "no place 'station'"),
        ("站", "no place '站'"),
        (", China", "no place ', China'"),
        ("", "no place ''"),
        ("()", "no place"),
    ],
)
def test_names_that_are_not_known(name, message):
    with pytest.raises(UnknownName) as caught:
        find_place(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "key"), [(key, key) for key in station_rows()])
def test_an_id_means_its_own_row(name, key):
    assert find_station(name) == key


@pytest.mark.parametrize("code", sorted({row["country"] for row in station_rows().values()} - {""}))
def test_countries_of_stations_are_known_in_three_languages(code):
    row = country_rows()[code]
    assert all(find_country(name) == code for name in (row["name_en"], row["name_zh"], row["name_ru"]))


# ---------------------------------------------------------------- one name, two stations


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"name_en": "HARBIN"}, "harbin"),
        ({"name_zh": "哈爾濱"}, "哈尔滨"),
        ({"name_ru": "харбин"}, "харбин"),
        ({"aliases": "somewhere;Kharbin"}, "kharbin"),
        ({"aliases": "harbin-st"}, "harbin st"),
    ],
)
def test_two_stations_of_one_name_are_found_by_the_check(change, name):
    rows = {key: dict(row) for key, row in station_rows().items()}
    assert audit.name_findings("routes/stations.csv", rows) == []
    rows["hefei"] |= change
    found = audit.name_findings("routes/stations.csv", rows)
    assert [(one.file, f"{name!r}" in one.problem, "hefei" in f"{one}") for one in found] == [
        ("routes/stations.csv", True, True)
    ]


def test_two_stations_of_one_name_are_reported_by_check_data(data_copy):
    file = data_copy / "routes" / "stations.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Kharbin;Haerbin", "Kharbin;Haerbin;Kirov"), encoding="utf-8")
    audit.stamp_data(data_copy)
    text = "is named 'kirov', as kirov is; give each a name of its own"
    assert audit.check_data().to_numpy().tolist() == [["routes/stations.csv", "harbin", text]]


def test_an_id_goes_before_the_alias_of_an_earlier_row():
    rows = {
        "a": {"name_en": "A", "name_zh": "", "name_ru": "", "aliases": "b"},
        "b": {"name_en": "B", "name_zh": "", "name_ru": "", "aliases": ""},
    }
    assert name_index(rows)["b"] == "b"


@pytest.mark.parametrize(
    ("one", "other"), [("綏芬河", "绥芬河"), ("ＭＡＮＺＨＯＵＬＩ", "manzhouli"), ("滿洲里（北）", "满洲里(北)")]
)
def test_folded_alike(one, other):
    assert fold(one) == fold(other)
