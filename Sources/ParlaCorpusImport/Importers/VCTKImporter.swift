import ParlaFiles

/// VCTK, versions 0.80 and 0.92: `txt/pNNN/pNNN_MMM.txt` and `wav48/pNNN/pNNN_MMM.wav` or
/// `wav48_silence_trimmed/pNNN/pNNN_MMM_mic1.flac`.
struct VCTKImporter: SourceImporter {
  let name = "vctk"
  let summary = "VCTK, 109 readers with many accents, 44 hours; English"
  let licence = "CC BY 4.0"
  let layout = "folders txt and wav48 with a folder for each reader"
  let rules = ImportRules(TextRules(.deepSpeech), seconds: 1...10)

  private static let folders = ["wav48", "wav48_silence_trimmed"]

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.files.contains { file in
      file.path.split(separator: "/").contains { Self.folders.contains(String($0)) }
    }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    var found: Set<String> = []
    for path in tree.paths(ending: ".txt") where path.folderPath.folderPath.fileName == "txt" {
      let speaker = path.folderPath.fileName
      let root = path.folderPath.folderPath.folderPath
      let stems = Self.folders.map { root.appendingName("\($0)/\(speaker)/\(path.fileStem)") }
      let recordings = stems.flatMap { [$0, $0 + "_mic1", $0 + "_mic2"] }
        .compactMap { tree.recording($0) }
      found.formUnion(recordings)
      samples.append(
        ListedSample(
          recordings.first ?? stems[0], text: SourceText(try tree.contents(path)).text.trimmed,
          speaker: speaker))
    }
    return samples + tree.recordings(without: found).map { ListedSample($0, text: "") }
  }

  /// The first 37,000 of a shuffle are train; a smaller corpus is all train.
  func originalParts(of samples: KeptSamples) -> [String]? {
    samples.enumerated().map { index, _ in
      index < 37_000 ? "train" : index < 40_200 ? "dev" : "test"
    }
  }
}

extension SourceTree {
  /// The recordings that no text names.
  func recordings(without named: Set<String>) -> [String] {
    files.map(\.path).filter { SourceFile.isSound($0) && !named.contains($0) }
  }
}
