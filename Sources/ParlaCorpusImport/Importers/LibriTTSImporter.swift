import ParlaFiles

/// LibriTTS: next to each recording `ID.wav` its text `ID.normalized.txt`, in folders `SET/READER/CHAPTER`.
struct LibriTTSImporter: SourceImporter {
  let name = "libritts"
  let summary = "LibriTTS, LibriSpeech cut by sentence with punctuation, 585 hours; English"
  let licence = "CC BY 4.0"
  let layout = "train-clean-100/…/….normalized.txt with .wav next to them"
  let rules = ImportRules(TextRules(.deepSpeech))

  private static let ending = ".normalized.txt"

  func recognizes(_ tree: SourceTree) -> Bool { !tree.paths(ending: Self.ending).isEmpty }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.paths(ending: Self.ending) {
      let recording = String(path.dropLast(Self.ending.count))
      let set = path.split(separator: "/").map(String.init).dropLast().last { word in
        ["train-", "dev-", "test-"].contains { word.hasPrefix($0) }
      }
      samples.append(
        ListedSample(
          tree.recording(recording) ?? recording,
          text: SourceText(try tree.contents(path)).text.trimmed,
          speaker: recording.fileStem.split(separator: "_").first.map(String.init),
          sets: set.map { [String($0.prefix { $0 != "-" }), $0] } ?? []))
    }
    return samples
  }
}
