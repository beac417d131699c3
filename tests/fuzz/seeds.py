"""Texts to begin fuzzing from, written by hand: each alphabet, each disguise, each trap of Unicode.

Out: `SEEDS`, whole texts, and `PIECES`, which a fuzzer puts together by itself.
"""

from typing import Final

_SCRIPTS: Final = (
    "Women belong in every room.",
    "Las mujeres votan hoy; ¡por fin!",
    "Женщины голосуют сегодня, слава богу",
    "Қыздар мектепке барады, әрине — өз ұлтының үлгісі",
    "Кыздар мектепке барышат, өңү башка",
    "Занон имрӯз овоз медиҳанд, ҷони ман",
    "Qizlar maktabga boradi, oʻzbekcha oʼqish, o'zi",
    "Aýal-gyzlar şu gün ses berýär",
    "Qızlar məktəbə gedir, İstanbul, ısı, IĞDIR",
    "Կանայք այսօր քվեարկում են։ և եւ ﬓ",
    "ქალები დღეს ხმას აძლევენ",
    "ᲥᲐᲚᲔᲑᲘ ᲓᲦᲔᲡ Mtavruli Ⴀⴀ",
    "زنان امروز رای می\u200cدهند، ﷺ ﷽ ﻻ",
    "النِّسَاءُ يُصَوِّتْنَ اليَوْمَ \u202bمن اليمين\u202c",
    "נָשִׁים מַצְבִּיעוֹת \u200f\u202eהיום\u202c שׁ",
    "महिलाएँ आज मतदान कर रही हैं क्\u200dष क्\u200cष",
    "பெண்கள் இன்று வாக்களிக்கிறார்கள் கொ கொ",
    "여자들은 오늘 투표한다",
    "\u1112\u1161\u11ab\u1100\u1173\u11af \u1100\u1161\u11a8\u11a8 \u115f\u1160 ㅎㅏㄴ",
    "女性は今日投票する。がか\u3099 ｶﾞ ㍿",
    "ผู้หญิงลงคะแนนวันนี้ ำ",
    "အမျိုးသမီးများ ဒီနေ့ မဲပေးတယ်",
    "Ὀδυσσεύς ᾳ ΐ ΐ ς Σ",
)
_TRAPS: Final = (
    "@@a @u/abc [id1|[id2|x]] http://@user [[url]]",
    "\u0380\udc82 \u0382❌\u0380 ՞❌՞ ·❌· 0\t0\n0 0 0 0 0 0 0",
    "a\udcc1\udcc1\x00\x00" + "m" * 27 + "\udced" + "m" * 45 + "+\udcc1",
    "[id1|" + "a" * 200 + "] " + "a" * 80 + "@example.org",
    "👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 👍🏽 🇰🇿 1\ufe0f\u20e3",
    "a\ud83d b \ude00\ud83d \udfff",
    "e\u0301\u0316\u0301\u0316\u0301\u0316\u0301\u0316",
    "a\u0300\u0315\u035c\u0345\u0334\u200b\u0301 \u0344 \u0f73\u0f75",
    "Z\u0351\u0309A\u0306\u0348L\u0323\u0307G\u0331\u0306O\u0327\u030a",
    "h\u200ba\u200ct\u200de\u2060w\u00ado\ufefford \U000e0061\u034f",
    "\u0000\u0008\u0085\u2028\u2029\u00a0\u3000\t\n\r\x1c\x85",
    "𝓱𝓪𝓽𝓮 ｆｕｌｌ ⓐⓑ ﬁ ㎏ ½ ² Ⅷ ℡",
    "\ufdfa\ufdfa\ufdfa",
    "[url] [email] @user [phone] @user@user u/user @",
)
_DISGUISES: Final = (
    "h a t e w o r d and s.l.u.t.s and c*u*n*t and x_y_z_w_v",
    "h4t3w0rd b1tch covid19 b2b mp3 4ever a1b2c3d4 1337",
    "b@d a$$ p@$$word a⭕⭕b с❌к",
    "раssроrt Неllо сука Cyкa хyй ha Ꮪ",
    "sooooooo xxxx VIII looool ааааа ㅋㅋㅋㅋㅋㅋ !!!!!!! ........",
    "write me.too@example.org or https://a.b/c?d=e#f www.x.yz HTTP://A@B.C",
    "[id12345|Anna B] [club1:bp-2_3|x] u/some_name /u/other-name @anna.b-c",
    "+996 (555) 12-34-56 8 800 555 35 35 1,500,000 2019-01-01 555.1234.5678",
    "@@a @.b a@b @a@b.c //@u/u/abc [id1|[id2|x]] http://@user [[url]]",
)
_BODIES: Final = (
    '{"text": "hello", "language": "ur-Latn-PK", "explain": true}',
    '{"items": [{"text": "a", "id": "1"}, {"text": "b\\ud83d", "context": {"parent": "c"}}]}',
    '{"content_id": "c", "text": "\\ud83d\\ude00\\\\ud83d", "created_at": "2026-03-01T12:00:00Z"}',
    '{"input": [{"type": "text", "text": "a"}, {"type": "image_url"}], "model": 1e999}',
    '{"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.5}}}',
    '{"inputs": [["a", "b"], ["c"]], "raw_scores": false}',
    "[[[[[[[[[[[[[[[[", '{"text": NaN}', '\ufeff{"text":"a"}', '{"text":"a","text":"b"}',
)  # fmt: skip

#: Whole texts, lone surrogates included.
SEEDS: Final = ("", " ", "a", *_SCRIPTS, *_TRAPS, *_DISGUISES, *_BODIES)

#: What a fuzzer's dictionary holds: it puts these where it likes.
PIECES: Final = (
    *("@", "@user", "u/abc", "[url]", "[id1|x]", "https://", "www.", "a@b.cd", "1234567890"),
    *("\u200d", "\u200c", "\u200b", "\u00ad", "\u202e", "\ufe0f", "\ufeff", "\u2028", "\u3000"),
    *("\u0301", "\u0316", "\u0344", "\u0345", "\u3099", "\u1161", "\u11a8", "\u1160", "\u115f"),
    *("👩", "🏽", "🇰", "⭕", "❌", "❤", "🏳", "\U000e0061", "\U0001d4b6"),
    *("а", "е", "о", "і", "қ", "ә", "ქ", "Ქ", "ⴀ", "և", "ﬓ", "ی", "ه"),
    *("ש", "\u05b8", "क", "्", "각", "ᄀ", "ﬁ", "ﷺ", "½", "Ⅷ", "İ", "ı", "ß", "ẞ", "ς", "ΐ"),
    *("ｈ", "ｶﾞ", "²", "①", "\u037e", "\u1fef"),
    *(" a b c d", ".a.b.c", "a$$", "h4t3", "aaaa", "!!!!", "....", "----", "0.1.2.3"),
    *('{"text":"', '"items":[', "\\ud83d", "\\u0000", '"}', "null", "1e999", "NaN"),
)  # fmt: skip
