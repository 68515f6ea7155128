import Foundation
import ParlaDecoding
import ParlaLanguageModel
import ParlaTestSupport
import ParlaTranscripts

// Usage: FuzzLanguageModel FOLDER COUNT [SEED]
// Opens COUNT damaged copies of each file in FOLDER as a language model, or as a scorer where the name ends in .scorer,
// and queries or decodes with those that open. A crash, or more than 1 GiB of memory, is a failure; the last damaged file
// is left as FOLDER/damaged.tmp.

/// Scores sentences of the first words by each other, and a few indices that are out of range.
func scoreEverything(_ model: NGramModel) {
  _ = try? model.vocabulary.words()
  let words = Array(0..<WordIndex(min(model.vocabulary.count, 12))) + [WordIndex.max]
  var state = model.beginSentenceState
  for first in words {
    for second in words {
      _ = model.score(state, first, into: &state)
      _ = model.score(state, second, into: &state)
    }
  }
  for word in ["a", "zzz", "</s>"] { _ = model.vocabulary.index(of: word) }
}

/// Opens the scorer at `path` with the alphabet, or in bytes mode, and decodes a few frames of nearly equal labels.
func decodeEverything(_ path: String) -> Bool {
  var isOpened = false
  _ = try? ScorerDescription(path: path)
  for alphabet in [Alphabet.english, nil] {
    guard let scorer = try? Scorer(path: path, alphabet: alphabet) else { continue }
    isOpened = true
    let labelCount = scorer.units.labelCount
    let values = (0..<12 * labelCount).map { Float(($0 &* 7919) % 13 + 1) / Float(7 * labelCount) }
    let input = LabelProbabilities(frameCount: 12, labelCount: labelCount, values: values)
    for penalty in [nil, 2.0] {
      let decoder = BeamSearchDecoder(beamWidth: 20, scorer: scorer, unknownWordPenalty: penalty)
      var search = decoder.begin(labelCount: labelCount)
      search.step(input)
      _ = search.candidates(5)
      _ = search.evidence(space: 0)
    }
    _ = try? scorer.write(adding: [AddedWord("aback", weighedAs: "a")], to: path + ".more")
  }
  return isOpened
}

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]) else {
  FileHandle.standardError.write(Data("Usage: FuzzLanguageModel FOLDER COUNT [SEED]\n".utf8))
  exit(2)
}
let folder = arguments[1]
var limit = rlimit(rlim_cur: 1 << 30, rlim_max: 1 << 30)
_ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
var mutator = Mutator(seed: arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : 1)
let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
for name in names
where name.contains(".arpa") || name.hasSuffix(".bin") || name.hasSuffix(".scorer") {
  let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
  var opened = 0
  for _ in 0..<count {
    let path = folder + "/damaged.tmp"
    try Data(mutator.mutated(bytes)).write(to: URL(fileURLWithPath: path))
    if name.hasSuffix(".scorer") {
      if decodeEverything(path) { opened += 1 }
      continue
    }
    guard let model = try? NGramModel(path: path) else { continue }
    opened += 1
    scoreEverything(model)
  }
  print("\(name): \(count) damaged copies, \(opened) opened")
}
