import Foundation
import ParlaDecoding
import ParlaTranscripts

// Decodes an array of label probabilities several times: one line a round with the seconds of
// processor time and of wall time, then the text.
//
//   decoder-benchmark PROBABILITIES.npy ALPHABET SCORER BEAM ROUNDS

let arguments = CommandLine.arguments
guard arguments.count == 6, let beamWidth = Int(arguments[4]), let rounds = Int(arguments[5]) else {
  FileHandle.standardError.write(
    Data("usage: decoder-benchmark PROBABILITIES.npy ALPHABET SCORER BEAM ROUNDS\n".utf8))
  exit(64)
}
let probabilities = try LabelProbabilities(path: arguments[1])
let alphabet = try Alphabet(path: arguments[2])
let scorer = arguments[3] == "-" ? nil : try Scorer(path: arguments[3], alphabet: alphabet)
let decoder = BeamSearchDecoder(beamWidth: beamWidth, scorer: scorer)

func processorSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(0), &usage)
  let times = [usage.ru_utime, usage.ru_stime]
  return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
}

var text = ""
for _ in 0..<rounds {
  let start = (processor: processorSeconds(), wall: ContinuousClock.now)
  let best = decoder.decode(probabilities).first
  let wall = start.wall.duration(to: .now)
  print(
    processorSeconds() - start.processor,
    Double(wall.components.attoseconds) / 1e18 + Double(wall.components.seconds))
  text = alphabet.decode(best?.tokens.map(\.label) ?? [])
}
print(text)
