import Foundation
import ParlaLanguageModel

// Usage: LanguageModelQuery MODEL TEXT ROUNDS
// Prints the queries of all rounds per second of processor time, word ids being looked up beforehand, and the sum of all log10
// probabilities of one round. The twin of peers/kenlm_query.cc.

let arguments = CommandLine.arguments
guard arguments.count == 4, let rounds = Int(arguments[3]) else {
  FileHandle.standardError.write(Data("Usage: LanguageModelQuery MODEL TEXT ROUNDS\n".utf8))
  exit(2)
}
let model = try NGramModel(path: arguments[1])
let text = try String(contentsOfFile: arguments[2], encoding: .utf8)
var words: [WordIndex] = []
for line in text.split(separator: "\n") {
  for word in line.split(separator: " ") { words.append(model.vocabulary.index(of: word)) }
  words.append(model.vocabulary.endSentence)
}

/// Two states take turns, as in the twin, so that none is copied.
func scoreAll(_ model: NGramModel, _ words: [WordIndex]) -> Double {
  let begin = model.beginSentenceState
  let end = model.vocabulary.endSentence
  var (even, odd) = (begin, begin)
  var isEven = true
  var sum = 0.0
  for word in words {
    let score =
      isEven
      ? model.score(reading: &even, word, into: &odd)
      : model.score(reading: &odd, word, into: &even)
    sum += Double(score.log10Probability)
    isEven.toggle()
    if word == end { if isEven { even = begin } else { odd = begin } }
  }
  return sum
}

var sum = scoreAll(model, words)
let start = clock()
for _ in 0..<rounds { sum = scoreAll(model, words) }
let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
print(Int(Double(rounds * words.count) / seconds), sum)
