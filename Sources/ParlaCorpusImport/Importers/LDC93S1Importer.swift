import ParlaFiles

/// The one sentence that DeepSpeech's tutorials begin with: `LDC93S1.wav` and `LDC93S1.txt`.
struct LDC93S1Importer: SourceImporter {
  let name = "ldc93s1"
  let summary = "one sentence of TIMIT, to try out a training; American English"
  let licence = "LDC93S1 sample"
  let layout = "LDC93S1.wav with LDC93S1.txt"
  let rules = ImportRules(TextRules(.lowercase))

  private static let text = "LDC93S1.txt"

  func recognizes(_ tree: SourceTree) -> Bool { !tree.paths(named: Self.text).isEmpty }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.paths(named: Self.text) {
      let words = SourceText(try tree.contents(path)).text.split(whereSeparator: \.isWhitespace)
      samples.append(
        ListedSample(
          tree.recording(path.withoutExtension) ?? path.withoutExtension + ".wav",
          text: words.dropFirst(2).joined(separator: " ").replacing(".", with: ""),
          sets: ["train"]))
    }
    return samples
  }
}
