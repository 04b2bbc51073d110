"""Commands of a shell and statements of SQL are told from sentences line by line, where no fence says what they are."""

import re
from typing import Final

_TOOLS: Final = (
    "ls cd git grep egrep awk sed mkdir rmdir chmod chown curl wget ssh scp rsync tar gzip gunzip unzip docker kubectl "
    "helm npm npx yarn pnpm pip pip3 python python3 node apt apt-get yum dnf brew systemctl journalctl cp mv rm ln "
    "xargs sudo echo printf psql mysql sqlite3 redis-cli terraform cargo rustc gcc g\\+\\+ javac mvn gradle openssl ps "
    "df du wc uniq jq dig netstat iptables crontab ffmpeg aws gcloud gh pytest poetry pwd whoami export unset source"
)
_VERB: Final = (
    r"(?!\s+(?:is|are|was|were|does|has|had|can|could|will|would|should|may|might|must|lets|stands|means|allows|helps|"
    r"and|or|commands?|users?|lines?|of|that|which)\b)"
)
_CALLED: Final = rf"(?=\s|$)(?!\s*(?:[-+*/|&:]?=|\()){_VERB}"
_TOOL: Final = re.compile(rf"\s*(?:\$\s+)?(?:sudo\s+)?(?:{'|'.join(_TOOLS.split())}){_CALLED}")
_WORD: Final = re.compile(rf"\s*(?:\$\s+)?[a-z][\w.-]*{_CALLED}")
_PATH: Final = re.compile(r"\s*(?:\$\s+)?(?:\.{1,2}|~|/usr|/bin|/opt|/etc)/\S+")
_SIGN: Final = re.compile(
    r"\s--?[a-zA-Z]|\s\|\s*(?:grep|sort|head|tail|cut|tr|tee|less|wc|awk|sed|uniq|xargs|jq)\b|\$[({a-zA-Z]|&&|\*\.\w"
)
_BLOCK: Final = re.compile(r"\s*(?:done|fi|esac|then|do)\s*(?:[;|<>&].*)?$")
_PROSE_END: Final = re.compile(r"[\w)][.!?:]\s*$")
_CONTROL: Final = re.compile(
    r"\s*(?:for\s+\w+\s+in\s.*;\s*do\b|(?:while|until|if|elif)\s+(?:\[|!|\(|read\b|true\b|test\b|grep\b).*;\s*(?:do|then)\b"
    r"|case\s+\S+\s+in\s*$)"
)
_QUERY: Final = re.compile(
    r"\s*(?:(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|CREATE|ALTER|DROP|GRANT|REVOKE|EXPLAIN|MERGE INTO|WITH)"
    r"\s+\S|(?:BEGIN|COMMIT|ROLLBACK)\s*;"
    r"|select\s+(?:\*|\d|\w+\(|distinct\b|\S.*\sfrom\s)|delete\s+from\s|insert\s+into\s|truncate\s+table\s|"
    r"(?:drop|alter|create)\s+(?:table|index|view|database|schema|unique|temporary|or replace)\s|explain\s+select\s|"
    r"with\s+\w+\s+as\s*\(|update\s+\w+\s+set\s)"
)
_CLAUSE: Final = re.compile(
    r"\s*(?:FROM|WHERE|AND|OR|ON|SET|VALUES|UNION|LIMIT|HAVING|GROUP BY|ORDER BY|"
    r"(?:LEFT |RIGHT |INNER |OUTER |FULL |CROSS ){0,2}JOIN)\b|"
    r"\s*(?:from|where|and|or|on|set|values|limit|having|group by|order by|(?:left |inner )?join)\s|"
    r"\s*\w+(?:\.\w+)?(?:\s+(?:AS|as)\s+\w+)?,?\s*$|\s*\)?;?\s*$|\s*--"
)
_SHOUTED: Final = re.compile(r"[A-Z][A-Z\s,]{20,}[.!]?\s*$")


def language_of(lines: list[str]) -> str:
    """`shell` or `sql` when at least half of the lines are so, else empty; none of the lines is empty."""
    if _QUERY.match(lines[0]) and not _PROSE_END.search(lines[0]) and not _SHOUTED.match(lines[0]):
        told = sum(bool(_QUERY.match(line) or _CLAUSE.match(line)) for line in lines)
        return "sql" if 2 * told >= len(lines) else ""
    told = sum(map(_is_command, lines))
    return "shell" if told and 2 * told >= len(lines) else ""


def _is_command(line: str) -> bool:
    signed = bool(_SIGN.search(line))
    if _BLOCK.match(line) or _CONTROL.match(line) or _PATH.match(line):
        return True
    if _TOOL.match(line):
        return signed or not _PROSE_END.search(line)
    return signed and bool(_WORD.match(line)) and not _PROSE_END.search(line) and not line.rstrip().endswith((";", "{"))
