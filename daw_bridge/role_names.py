"""What the name of a track says about what is on it, in the languages of many studios."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from itertools import pairwise


class Sound(Enum):
    """What a name tells. VOICE, SECOND, VOICE_PART and EFFECT leave a part of it to the folder around."""

    UNKNOWN = auto()
    VOICE = auto()
    LEAD_VOICE = auto()
    BACKING_VOICE = auto()
    SECOND = auto()  # a double, a stack, a backing: of whatever the folder holds
    VOICE_PART = auto()  # tenor, bass: a singer in a folder of voices, an instrument elsewhere
    INSTRUMENT = auto()
    EFFECT = auto()  # a printed reverb or delay
    VOCAL_EFFECT = auto()
    GUIDE = auto()


# Letters that Unicode does not take apart into a base letter and an accent.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "đ": "d"})


def plain(text: str) -> str:
    """The text without case, accents and width: `Chœurs` and `CHOEURS` are the same."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_PLAIN)


def _words(text: str) -> frozenset[str]:
    return frozenset(plain(text).split())


_VOICE = _words("""
    vocal vocals vocalist vox voxs voc vocs voice voices singer singers singing sing sung rap rapper acapella
    acappella topline narration narrator spoken speech speaker voiceover vo dialog dialogue gesang stimme
    stimmen sänger sängerin sprecher sprecherin sprache singstimme voix chant chanteur chanteuse vocaux voz
    voces canto cantante vocales vozes vocais cantor cantora voce voci cantato zang zanger zangeres zangstem
    wokal wokale wokalu wokalista wokalistka głos głosy śpiew sång sang sanger sångare sångerska röst vokal
    vokaler vokaal laulu ses vokali şarkıcı вокал вокалы вокала голос голоса певец певица
""")
_LEAD = _words("""
    lead leads ld main solo haupt principal principale principaux główny prowadzący huvud hoved ana ведущий
    основной
""")
_LEAD_ALONE = _words("lv ldv")
_BACKING_ALONE = _words("""
    bv bvs bgv bgvs bvox bgvox bkv bvoc bvocs choir choirs adlib adlibs gang ooh oohs aah aahs chor chöre
    kinderchor frauenchor männerchor gospelchor hintergrundchor chœur chœurs choriste choristes coro coros cori
    corista coristi coristas koor koren chór chóry chórki kör körer kor koro бэк бэки бек беки бэквокал беквокал
    подпевка подпевки хор
""")
# A second voice that goes along with another: backing even where it is called a lead's double or harmony.
_DOUBLE = _words("""
    harm harms harmo double doubles doubled doubling dbl dbls dub dubs doppel dopplung dopplungen doublage
    doublages doble dobles doppia doppie dubbel stack stacks octave octaves дабл даблы
""")
_HARMONY = _words("harmony harmonies harmonie harmonien armonía armonías harmonia harmonias armonia armonie")
_SECOND = _words("""
    backing backings back backs background backgrounds bg bgs bk bkg backup support zweit neben hintergrund
    achtergrond bakgrund arka geri fond
""")
_VOICE_PART = _words("soprano sopran alto alt tenor ténor tenore baritone bariton baryton mezzo bass basse basso")
# Only what is seen beside a voice in a name, so that a song called `Beat It` does not lose its singer.
_INSTRUMENT = _words("""
    guitar guitars guitare guitares guitarra guitarras gitarre gitarren gitara gitarr gitar chitarra гитара gtr
    gtrs amp piano klavier keyboard keyboards rhodes organ orgel orgue hammond synth synths synthesizer pad pads
    arp mellotron sampler sample samples loop loops chop chops riser risers sfx beatbox drum drums schlagzeug
    kick snare batterie batería percussion strings violin cello brass sax saxophone trumpet flute orchestra
    instrumental instrumentals instr karaoke playback halfplayback halbplayback minusone podkład минусовка
""")
_EFFECT = _words("""
    fx return returns rtn reverb reverbs verb rvb delay delays dly echo echoes throw throws plate wet effekt
    effekte effet effets efecto efectos effetto effetti riverbero réverbe ревер дилей
""")
_GUIDE = _words("""
    click clicks clicktrack klick klik clic metronome metronom métronome metrónomo metronomo countin guide
    guides guía ref refs reference references referenz référence referencia referência riferimento talkback tb
    slate метроном клик
""")
_WITHOUT = _words("no without minus off ohne sans sin senza sem zonder bez uten utan uden без")

# Languages that do not put blanks between words are searched for the word anywhere.
_ANYWHERE = (
    (Sound.GUIDE, _words("クリック メトロノーム ガイド 节拍器 節拍器 메트로놈 가이드")),
    (
        Sound.INSTRUMENT,
        _words("""
            オフボーカル オフヴォーカル カラオケ 伴奏 オケ ギター ドラム ベース ピアノ シンセ 吉他 鼓 贝斯 钢琴
            반주 기타 드럼 베이스 피아노
        """),
    ),
    (
        Sound.BACKING_VOICE,
        _words("コーラス ハモリ バックボーカル 和声 和聲 伴唱 合唱 코러스 화음 백보컬"),
    ),
    (Sound.LEAD_VOICE, _words("主唱 主音 リードボーカル メインボーカル")),
    (Sound.VOICE, _words("ボーカル ヴォーカル 歌 声 人聲 演唱 보컬 노래 목소리")),
)

_HEADS = "lead ld main haupt huvud hoved back backing background bg bk zweit neben hintergrund achtergrond"
_HEADS += " bakgrund chor choir kor koor gang harmony double dbl arka"
_TAILS = "vocal vocals vox voc vocs voice voices gesang stimme stimmen zang sang vokal vokaler"
_COMPOUND = re.compile(f"({'|'.join(_HEADS.split())})({'|'.join(_TAILS.split())})")


def sound_of(name: str) -> Sound:
    """What a track of this name holds, as far as the name tells."""
    text = plain(name)
    for sound, marks in _ANYWHERE:
        if any(mark in text for mark in marks):
            return sound
    return _of_words(name_words(name))


def name_words(name: str) -> list[str]:
    """The words of a name, plain: `LeadVox_02` is lead, vox; joined words of the trade are taken apart."""
    humps = re.sub(r"(?<=[^\W\d_A-ZÀ-Þ])(?=[A-ZÀ-Þ])", " ", name)
    words: list[str] = []
    for word in re.findall(r"[^\W\d_]+", plain(humps)):
        compound = _COMPOUND.fullmatch(word)
        words.extend(compound.groups() if compound else [word])
    return words


def _of_words(words: list[str]) -> Sound:
    # Two words joined count as well: `ad lib` is `adlib`, `B.V.` is `BV`.
    has = {*words, *(first + second for first, second in pairwise(words))}
    voice = bool(has & _VOICE)
    if _is_guide(has, voice=voice):
        return Sound.GUIDE
    if has & _INSTRUMENT or any(first in _WITHOUT and second in _VOICE for first, second in pairwise(words)):
        return Sound.INSTRUMENT
    sound = _of_voice(has, voice=voice)
    if has & _EFFECT:
        return Sound.EFFECT if sound in _NO_VOICE else Sound.VOCAL_EFFECT
    return sound


_NO_VOICE = (Sound.UNKNOWN, Sound.SECOND, Sound.VOICE_PART)


def _of_voice(has: set[str], *, voice: bool) -> Sound:
    if has & (_BACKING_ALONE | _HARMONY) or (voice and has & _DOUBLE):
        return Sound.BACKING_VOICE
    if has & _LEAD_ALONE or (voice and has & _LEAD):
        return Sound.LEAD_VOICE
    if voice:
        # A chorus is a group of singers, an effect, or a part of the song: only beside a voice it is the first.
        return Sound.BACKING_VOICE if has & (_SECOND | {"chorus"}) else Sound.VOICE
    if has & _VOICE_PART:
        return Sound.VOICE_PART
    return Sound.SECOND if has & (_SECOND | _DOUBLE) else Sound.UNKNOWN


def _is_guide(has: set[str], *, voice: bool) -> bool:
    # The click of a kick drum is its beater's microphone; a scratch without a voice is a turntable.
    return bool(has & _GUIDE and "kick" not in has) or (voice and "scratch" in has)
