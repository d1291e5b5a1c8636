"""The mark that says "made with AI": IPTC's digital source type in XMP, in every file that genmark generates.

IPTC Photo Metadata Standard 2025.1, "Digital Source Type"; XMP specification part 3 says where a file keeps it. The
mark answers article 50(2) of the EU's AI Act in part; signed content credentials are in `genmark.signing`.
"""

from __future__ import annotations

import os
import re

from genmark import files

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
SOURCE_TYPE = f"http://cv.iptc.org/newscodes/digitalsourcetype/{COMPOSITE}"
_PACKET = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)
_MARK = re.compile(
    rb"Iptc4xmpExt:DigitalSourceType[\s=>\"'a-z:]{1,40}https?://cv\.iptc\.org/newscodes/digitalsourcetype/"
    rb"(?:compositeWithT|t)rainedAlgorithmicMedia\b"
)

XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
<dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">AI-generated preview (genmark)</rdf:li>
<rdf:li xml:lang="ko">AI 생성 미리보기 (genmark)</rdf:li>
</rdf:Alt></dc:description>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()


def is_marked(path: str | os.PathLike[str]) -> bool:
    """Whether a picture file says, in XMP, that AI made it or a part of it.

    Finds the XMP by scanning for its packet, as XMP part 3 provides, so a damaged picture can be asked too. Raises
    PhotoError where the file cannot be read, is empty or is too large.
    """
    packets = _PACKET.finditer(files.read_bytes(path))
    return any(_MARK.search(packet.group()) for packet in packets)
