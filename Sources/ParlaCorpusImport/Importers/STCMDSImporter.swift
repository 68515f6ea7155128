import ParlaFiles

/// ST-CMDS, the Free ST Chinese Mandarin Corpus: `ID.wav`, `ID.txt` and `ID.metadata` in one folder.
struct STCMDSImporter: SourceImporter {
  let name = "st-cmds"
  let summary = "ST-CMDS, 855 speakers on telephones, 100 hours; Mandarin"
  let licence = "CC BY-NC-ND 4.0"
  let layout = "….wav, ….txt and ….metadata in one folder"
  let rules = ImportRules(TextRules(.asWritten), seconds: 0...10, longestIsForTraining: true)

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.paths(ending: ".metadata").contains { tree.has($0.withoutExtension + ".txt") }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.files.map(\.path) where SourceFile.isSound(path) {
      let text = path.withoutExtension + ".txt"
      samples.append(
        ListedSample(
          path, text: tree.has(text) ? SourceText(try tree.contents(text)).text.trimmed : "",
          // 20170001P00001A0001: the corpus, the speaker, the sentence.
          speaker: path.fileStem.firstMatch(of: /P\d+[A-Z]/).map { String($0.output) }))
    }
    return samples
  }

  /// The last 5,000 are test, the 5,000 before them dev.
  func originalParts(of samples: KeptSamples) -> [String]? {
    samples.partsFromEnd(of: 5000)
  }
}

extension KeptSamples {
  /// Parts by order: the last `count` are test, as many before them dev, the others train.
  func partsFromEnd(of count: Int) -> [String] {
    indices.map { index in
      let fromEnd = self.count - index
      return fromEnd <= count ? "test" : fromEnd <= 2 * count ? "dev" : "train"
    }
  }
}
