package import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTranscripts

/// A small model with random weights, that writes "a" and space if nothing else is said.
package func smallModel(
  seed: UInt64 = 1, units: Int = 3, labels: [String] = [" ", "a"]
) throws -> AcousticModel {
  let alphabet = try Alphabet(labels: labels)
  let description = try ModelDescription.deepSpeech(
    labelCount: alphabet.labelCount, settings: ["n_hidden": "\(units)"])
  return AcousticModel(
    description: description, alphabet: alphabet,
    parameters: Parameters(initializing: description.graph.parameters, seed: seed))
}
