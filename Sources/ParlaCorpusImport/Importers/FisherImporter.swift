import ParlaFiles

/// Fisher English, parts 1 and 2: `fe_03_NNNNN.sph`, a speaker a channel, and `fe_03_NNNNN.txt` (`START END A: text`).
struct FisherImporter: SourceImporter {
  let name = "fisher"
  let summary = "Fisher, 11,700 telephone conversations, 1960 hours; American English"
  let licence = "LDC2004S13 and LDC2005S13, by licence"
  let layout = "….sph with trans/…/fe_03_….txt"
  let rules = ImportRules(TextRules(.deepSpeech, stripsAccents: true))

  func recognizes(_ tree: SourceTree) -> Bool { !tables(in: tree).isEmpty }

  private func tables(in tree: SourceTree) -> [String] {
    tree.paths(ending: ".txt").filter { $0.fileName.hasPrefix("fe_03_") }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for table in tables(in: tree) {
      let recording = tree.recording(named: table.fileStem) ?? table.fileStem + ".sph"
      for line in SourceText(try tree.contents(table)).lines where !line.hasPrefix("#") {
        guard let match = line.wholeMatch(of: /\s*([0-9.]+)\s+([0-9.]+)\s+([AB])1?:\s*(.*)/),
          let start = Double(match.output.1), let end = Double(match.output.2), start < end
        else { continue }
        let channel = match.output.3 == "A" ? 0 : 1
        samples.append(
          ListedSample(
            recording, text: String(match.output.4), speaker: "\(table.fileStem)-\(match.output.3)",
            segment: Segment(start: start, end: end, channel: channel)))
      }
    }
    return samples
  }

  /// Of each part the last fifth is test, of the rest the last fifth dev.
  func originalParts(of samples: KeptSamples) -> [String]? {
    let isFirst = samples.map {
      ($0.listed.audio[0].fileStem.split(separator: "_").last ?? "") <= "05850"
    }
    let counts = [false: isFirst.count { !$0 }, true: isFirst.count { $0 }]
    var positions = [false: 0, true: 0]
    return isFirst.map { first in
      let count = counts[first] ?? 0
      let position = positions[first] ?? 0
      positions[first] = position + 1
      let learned = count * 4 / 5
      return position >= learned ? "test" : position >= learned * 4 / 5 ? "dev" : "train"
    }
  }
}
