"""CLIP's and T5's tokenizers read from their files, in plain Python: what a reader must do.

CLIP: vocab.json, merges.txt and the pad token of tokenizer_config.json.
T5: the Unigram pieces and scores of tokenizer.json.
"""

import json
import unicodedata

import regex

CLIP_PIECES = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")


def byte_letters():
    """Returns the letter that stands for each byte (GPT-2's table)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, spare = {byte: chr(byte) for byte in printable}, 256
    for byte in range(256):
        if byte not in letters:
            letters[byte], spare = chr(spare), spare + 1
    return letters


def content(token):
    """Returns the text of a token entry, which is a string or an added token."""
    return token["content"] if isinstance(token, dict) else token


class ClipTokenizer:
    """Byte-level BPE with an end-of-word mark."""

    def __init__(self, folder):
        self.vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
        lines = (folder / "merges.txt").read_text("utf-8").splitlines()[1:]
        self.ranks = {tuple(line.split()): rank for rank, line in enumerate(lines) if line}
        config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        special = {kind: content(config[f"{kind}_token"]) for kind in ("bos", "eos", "pad", "unk")}
        self.begin, self.end, self.pad = (self.vocabulary[special[kind]] for kind in ("bos", "eos", "pad"))
        self.special = regex.compile("(" + "|".join(map(regex.escape, set(special.values()))) + ")")
        self.length, self.letters = config["model_max_length"], byte_letters()

    def merge(self, piece):
        """Returns the tokens of one piece: the pair of lowest rank is joined until none is left."""
        letters = [self.letters[byte] for byte in piece.encode("utf-8")]
        parts = [*letters[:-1], letters[-1] + "</w>"]
        while len(parts) > 1:
            ranks = [self.ranks.get(pair, float("inf")) for pair in zip(parts, parts[1:])]
            best = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[best] == float("inf"):
                break
            parts[best:best + 2] = ["".join(parts[best:best + 2])]
        return [self.vocabulary[part] for part in parts]

    def encode(self, text):
        """Returns `length` token numbers: begin, the text cut to fit, end, padding."""
        # Letter by letter: a word's last sigma is a sigma like any other.
        text = "".join(letter.lower() for letter in unicodedata.normalize("NFC", text))
        tokens = []
        for part in self.special.split(text):
            # A special token written in the prompt is that token, also the pad token "!".
            pieces = [] if self.special.fullmatch(part) else CLIP_PIECES.findall(part)
            tokens += [token for piece in pieces for token in self.merge(piece)]
            tokens += [self.vocabulary[part]] if self.special.fullmatch(part) else []
        tokens = [self.begin, *tokens[:self.length - 2], self.end]
        return tokens + [self.pad] * (self.length - len(tokens))


class T5Tokenizer:
    """Unigram: the cut of a word into pieces whose scores have the greatest sum."""

    def __init__(self, folder, length):
        model = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
        self.pieces = {piece: (score, index) for index, (piece, score) in enumerate(model["vocab"])}
        self.unknown, self.length = model["unk_id"], length
        self.unknown_score = min(score for score, _ in self.pieces.values()) - 10

    def word(self, word):
        """Returns the tokens of one word (Viterbi); neighbouring unknown letters are one token."""
        best = [(0.0, 0, [])] + [(float("-inf"), 0, [])] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(end):
                score, token = self.pieces.get(word[start:end], (None, None))
                if score is None and end - start == 1:
                    score, token = self.unknown_score, self.unknown
                if score is not None and best[start][0] + score > best[end][0]:
                    best[end] = (best[start][0] + score, start, best[start][2] + [token])
        tokens = best[-1][2]
        return [t for i, t in enumerate(tokens) if i == 0 or t != self.unknown or tokens[i - 1] != t]

    def encode(self, text):
        """Returns `length` token numbers: the text cut to fit, the end token 1, padding 0."""
        tokens = [token for word in text.split() for token in self.word("▁" + word)]
        tokens = [*tokens[:self.length - 1], 1]
        return tokens + [0] * (self.length - len(tokens))
