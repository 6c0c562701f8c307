"""Recognises Moodle's grading worksheet in any language, by the form of its cells and by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.intake.names import squeezed

IDENTIFIER = re.compile(r"(?P<word>[^\d]*\D)(?P<number>\d+)")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
NUMBER = re.compile(r"\d+[.,]\d+")
POINTS = re.compile(r"-|\d+(?:[.,]\d+)?")  # a grade, or a dash for none
TIME = re.compile(r"\d[:.]\d\d")  # the hour and minute in any language's time
LEAST = 6  # columns of the shortest worksheet, see Worksheet
WORDS = {  # what Moodle calls each column, in lower case
    "identifier": "identifier id identifikator identificador identifiant identificatore identificador "
    "identyfikator identifikátor identifikaator tunniste tunnus azonosító идентификатор ідентифікатор "
    "tanımlayıcı 識別子 标识符 識別符 식별자 المعرف",
    "name": "full name|vollständiger name|nom complet|nombre completo|nombre|nome completo|nome|"
    "cognome e nome|"
    "volledige naam|imię i nazwisko|pełna nazwa|celé jméno|celé meno|fullständigt namn|namn|fullt navn|"
    "fulde navn|navn|koko nimi|teljes név|полное имя|имя и фамилия|повне ім'я|ad soyad|tam adı|tam ad|"
    "ονοματεπώνυμο|氏名|フルネーム|姓名|全名|성명|الاسم الكامل|nom i cognoms|nom|izena",
    "id": "id number|id-nummer|idnummer|matrikelnummer|número de id|número id|numéro d'identification|"
    "numero id|codice identificativo|número de identificação|id-nummer|identifikační číslo|numer id|"
    "azonosítószám|индивидуальный номер|id numarası|idナンバー|学号|id番号|학번|tunnistenumero",
    "email": "email address|e-mail-adresse|e-mail|email|adresse de courriel|adresse e-mail|correo|"
    "dirección de correo|dirección email|indirizzo email|endereço de email|e-mailadres|adres e-mail|"
    "e-mailová adresa|e-postadress|e-postadresse|sähköpostiosoite|e-mail cím|адрес электронной почты|"
    "e-posta adresi|メールアドレス|电子邮件地址|电子邮箱|이메일 주소|البريد الإلكتروني",
    "status": "status|statut|estado|estatus|stato|stav|stan|tila|állapot|состояние|статус|durum|κατάσταση|"
    "ステータス|状态|狀態|상태|الحالة|estat|egoera",
    "modified": "last modified (submission)|zuletzt geändert (abgabe)",
    "most": "maximum grade|bestwertung|höchstwertung|note maximale|calificación máxima|nota máxima|"
    "valutazione massima|maximumcijfer|maximale cijfer|qualificació màxima|cualificación máxima|"
    "gehieneko kalifikazioa|maximalt betyg|最高成绩|最高分|最大評点|최고점|maksimum not|максимальная оценка",
    "scale": "scale|bewertungsskala|skala|barème|échelle|escala|scala|schaal|eskala|stupnica|škála|skála|"
    "asteikko|шкала|ölçek|κλίμακα|尺度|量表|評価尺度|척도",
    "marked": "last modified (grade)|zuletzt geändert (bewertung)|dernière modification (note)|"
    "última modificación (calificación)|última modificação (nota)|ultima modifica (valutazione)|"
    "última modificación (cualificación)|上次修改（评分）",
    "group": "group|gruppe|groupe|grupo|gruppo|groep|grupa|skupina|grupp|ryhmä|csoport|группа|група|grup|"
    "ομάδα|グループ|小组|群組|그룹|مجموعة|taldea",
}
PARTICIPANT = (
    "participant|teilnehmer|teilnehmerin|teilnehmende|participante|participant e|"
    "partecipante|deelnemer|uczestnik|"
    "účastník|účastnik|deltagare|deltaker|deltager|osallistuja|résztvevő|участник|учасник|katılımcı|"
    "συμμετέχων|参加者|参与者|參與者|참여자|مشارك|partaidea|parte hartzailea"
)
NO = (
    "no|nein|non|não|nee|ez|nie|ne|nej|nei|ei|nē|nem|nu|не|нет|ні|όχι|hayır|לא|لا|كلا|خیر|नहीं|いいえ|否|아니오|아니요|"
    "không|tidak|níl|na|jo"
)
YES = (
    "yes|ja|oui|sí|sì|si|sim|bai|tak|ano|áno|da|kyllä|jah|jā|taip|igen|да|так|ναι|evet|כן|نعم|بله|हाँ|はい|是|예|네|"
    "có|ya|já|tá|ydy|po"
)
BLIND = frozenset(squeezed(word) for word in PARTICIPANT.split("|"))


@dataclass(frozen=True)
class Worksheet:
    """The places of the columns that say who each row is and when work came in, where there are any.

    Moodle's columns always come in this order: Identifier; name and further facts about the student, which a
    blind assignment leaves out; Status; the group of a team assignment; then grade and maximum; then the time
    of submission, and after it the time of grading.
    """

    identifier: int
    name: int | None = None
    id: int | None = None
    email: int | None = None
    group: int | None = None
    status: int | None = None
    modified: int | None = None

    @property
    def blind(self) -> bool:
        """Whether the worksheet names nobody."""
        return self.name is None and self.email is None and self.id is None


@dataclass(frozen=True)
class Marks:
    """The places of the columns that a mark is written into, or that say if it may be; None if not found.

    The grade stands beside the maximum, then whether it can be changed, then the times of submission and of
    grading. `scale` is set if the worksheet has a scale in the place of a maximum; `unread` is a word that
    stands where yes or no is expected.
    """

    identifier: int | None
    grade: int | None
    most: int | None
    locked: int | None
    marked: int | None
    status: int | None
    scale: bool = False
    unread: str = ""


def is_blind(name: str) -> bool:
    """Whether Moodle wrote `name` in the place of a student's: `Participant`, in any language."""
    return squeezed(name.strip().rstrip("0123456789")) in BLIND


def recognise(rows: Sequence[Sequence[str]]) -> Worksheet | None:
    """Return where the columns of a worksheet are, or None if `rows`, header first, are not a worksheet."""
    head = [cell.strip().lower() for cell in rows[0]]
    if len(head) < LEAST or not _identifies([row[0] for row in rows[1:] if any(row)], head[0]):
        return None
    email = _named(head, "email")
    if email is None:
        email = next((n for n in range(1, len(head)) if _all(rows, n, EMAIL)), None)
    name = _named(head, "name")
    if name is None and email is not None and head[1] not in _words("status"):
        name = 1  # Moodle writes it beside the Identifier
    group = _named(head, "group")
    if group is None and name is None and (_most(rows) or 0) > 3:
        group = 2  # a column between Status and the grade, in a language that we do not know
    times = _named(head, "modified")
    modified = _modified(rows) if times is None else times
    return Worksheet(0, name, _named(head, "id"), email, group, _named(head, "status"), modified)


def marks(rows: Sequence[Sequence[str]]) -> Marks:
    """Return where the columns for marks are: by their words, or else by the form of their cells."""
    head = [cell.strip().lower() for cell in rows[0]]
    form = recognise(rows)
    identifier = form.identifier if form else _index(head, "identifier")
    grade, most = _index(head, "grade"), _named(head, "most")
    scale = most is None and _named(head, "scale") is not None
    if most is None and not scale and form and (found := _most(rows)) and grade in (None, found - 1):
        most = found
    if grade is None and most and form and _all_or_none(rows, most - 1, POINTS):
        grade = most - 1
    status = form.status if form else _index(head, "status")
    locked = _locked(rows, most)
    unread = "" if most is None or locked is not None else _word(rows, most + 1)
    return Marks(identifier, grade, most, locked, _marked(rows, most), status, scale, unread)


def can_be_changed(cell: str) -> bool | None:
    """Return what Moodle says, in any language, about a grade that may be locked; None for other words."""
    word = cell.strip().casefold()
    return True if word in YES.split("|") else False if word in NO.split("|") else None


def _index(head: Sequence[str], title: str) -> int | None:
    return head.index(title) if title in head else None


def _locked(rows: Sequence[Sequence[str]], most: int | None) -> int | None:
    """Return the column that says if a grade can be changed: right after the maximum, or the workflow."""
    near = () if most is None else range(most + 1, min(most + 3, len(rows[0])))
    full = (n for n in near if {can_be_changed(cell) for cell in _cells(rows, n)} <= {True, False})
    return next((n for n in full if _cells(rows, n)), None)


def _word(rows: Sequence[Sequence[str]], column: int) -> str:
    """Return the first cell of a column that is neither a time nor a dash, or an empty text."""
    cells = (cell for cell in _cells(rows, column) if cell != "-" and not TIME.search(cell))
    return next(cells, "")


def _marked(rows: Sequence[Sequence[str]], most: int | None) -> int | None:
    """Return the column with the times of grading: of two with times or dashes in every row, the second."""
    head = [cell.strip().lower() for cell in rows[0]]
    if (named := _named(head, "marked")) is not None or most is None:
        return named
    full = [n for n in range(most + 1, len(head)) if len(_cells(rows, n)) == sum(map(any, rows[1:]))]
    times = [n for n in full if all(cell == "-" or TIME.search(cell) for cell in _cells(rows, n))]
    return times[1] if len(times) == 2 else None


def _most(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the column with the maximum grade: the first with a number in every row, or the one after it.

    The grades beside it on its left may have a number in every row, too.
    """
    full = [n for n in range(1, len(rows[0])) if all(n < len(row) and row[n].strip() for row in rows[1:])]
    first = next((n for n in full if _all(rows, n, NUMBER)), None)
    if first is None or first + 1 not in full or not _all(rows, first + 1, NUMBER):
        return first
    return first + 1


def _modified(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the column with the times of submission: the first with times or dashes after the maximum."""
    most = _most(rows)
    for column in range(len(rows[0]) if most is None else most + 1, len(rows[0])):
        cells = {row[column].strip() for row in rows[1:] if column < len(row)} - {""}
        if cells and all(cell == "-" or TIME.search(cell) for cell in cells):
            return column if cells != {"-"} else None
    return None


def _identifies(cells: Sequence[str], title: str) -> bool:
    """Whether the first column holds Identifiers: one word with a number that is another in each row."""
    matches = [IDENTIFIER.fullmatch(cell.strip()) for cell in cells]
    found = [match for match in matches if match]
    same = len({match["word"] for match in found}) == 1 and len(found) == len(cells)
    known = title in WORDS["identifier"].split() or (bool(found) and is_blind(found[0]["word"]))
    return same and known and len({match["number"] for match in found}) == len(found)


def _named(head: Sequence[str], what: str) -> int | None:
    """Return the first column after the Identifier with one of Moodle's words for `what`."""
    return next((n for n, title in enumerate(head) if n and title in _words(what)), None)


def _words(what: str) -> list[str]:
    return WORDS[what].split("|")


def _all(rows: Sequence[Sequence[str]], column: int, form: re.Pattern[str]) -> bool:
    return bool(_cells(rows, column)) and _all_or_none(rows, column, form)


def _all_or_none(rows: Sequence[Sequence[str]], column: int, form: re.Pattern[str]) -> bool:
    return all(form.fullmatch(cell) for cell in _cells(rows, column))


def _cells(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    """Return the cells of a column below the header that are not empty."""
    return [row[column].strip() for row in rows[1:] if column < len(row) and row[column].strip()]
