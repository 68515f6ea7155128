import ParlaFiles

/// TIMIT: `TRAIN/DRn/SPEAKER/ID.WAV` (NIST SPHERE) and `ID.TXT` (`first-sample last-sample text`).
struct TIMITImporter: SourceImporter {
  let name = "timit"
  let summary = "TIMIT, 630 speakers of eight dialects, 5 hours; American English"
  let licence = "LDC93S1, by licence"
  let layout = "TRAIN/DR1/…/….WAV with .TXT next to them"
  let rules = ImportRules(TextRules(.asWritten))

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.paths(ending: ".txt").contains { path in
      path.folderPath.folderPath.fileName.lowercased().wholeMatch(of: /dr[1-8]/) != nil
    }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.paths(ending: ".txt")
    where path.folderPath.folderPath.fileName.lowercased().hasPrefix("dr") {
      // The nearest folder that names a part, not one above the corpus.
      let part = path.lowercased().split(separator: "/").last { $0 == "train" || $0 == "test" }
      var sample = ListedSample(
        tree.recording(path.withoutExtension) ?? path.withoutExtension + ".WAV",
        text: Self.text(SourceText(try tree.contents(path)).text),
        speaker: path.folderPath.fileName.lowercased(), sets: part.map { [String($0)] } ?? [])
      // The two sentences that all read would be in both parts.
      if path.fileStem.lowercased().hasPrefix("sa") { sample.flaw = .sharedSentence }
      samples.append(sample)
    }
    return samples
  }

  /// The words after the two numbers, in lower case and without punctuation, as the original has them.
  private static func text(_ line: String) -> String {
    let words = line.split(whereSeparator: \.isWhitespace).dropFirst(2).joined(separator: " ")
    return words.lowercased().filter { !".,?!:;\"-".contains($0) }
  }
}
