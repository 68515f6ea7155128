import ParlaAcousticModel

/// Which variables of TensorFlow are the layers of DeepSpeech's network, by the names of any release.
struct DeepSpeechVariables {
  /// Names of a layer's variables.
  struct Layer {
    let weight: String
    let bias: String
  }

  /// Layers 1, 2, 3, 5 and 6: `layer_1/weights` since release 0.5, `h1` before.
  let dense: [Layer]

  /// `lstm_fused_cell` until release 0.5, a longer name since.
  let recurrent: Layer

  /// Whether TensorFlow's default of 1 is added to the forget gate's bias: releases before 0.6 left it in place.
  var hasForgetBias: Bool { recurrent.weight.contains("lstm_fused_cell") }

  /// What the layers are normalised by, gamma and beta; none unless trained with --layer_norm.
  let normalizations: [Layer]

  /// Finds the layers among `names` of the file at `path`.
  ///
  /// - Throws: `ModelError.foreignModel` for a network that Parla's layers cannot express.
  init(names: [String], path: String) throws(ModelError) {
    let known = Set(names)
    if let name = names.first(where: { $0.contains("bidirectional") || $0.contains("/bw/") }) {
      throw .foreignModel(
        path: path, found: "a network that looks ahead (\(name)), as in release 0.1",
        expected: "one that looks back only, as in releases 0.2 to 0.9")
    }
    dense = try DeepSpeechTensors.denseNumbers.map { (number) throws(ModelError) in
      let choices = [
        ("layer_\(number)/weights", "layer_\(number)/bias"), ("h\(number)", "b\(number)"),
      ]
      guard let found = choices.first(where: { known.contains($0.0) && known.contains($0.1) })
      else {
        let some = names.prefix(12).joined(separator: ", ")
        throw .foreignModel(
          path: path, found: names.isEmpty ? "no variables" : "the variables \(some)",
          expected: "DeepSpeech's, such as \(choices[0].0)")
      }
      return Layer(weight: found.0, bias: found.1)
    }
    normalizations = try Self.normalizations(known, path: path)
    let kernels = names.filter { $0.contains("lstm") && $0.hasSuffix("/kernel") }
    guard kernels.count == 1 else {
      throw .foreignModel(
        path: path, found: "\(kernels.count) recurrent kernels \(kernels.joined(separator: ", "))",
        expected: "one, such as lstm_fused_cell/kernel")
    }
    recurrent = Layer(
      weight: kernels[0], bias: String(kernels[0].dropLast("kernel".count)) + "bias")
  }

  private static func normalizations(
    _ names: Set<String>, path: String
  ) throws(ModelError) -> [Layer] {
    let all = DeepSpeechTensors.normalizedNumbers.map { number in
      let scope = "layer_\(number)/LayerNorm"
      return Layer(weight: scope + "/gamma", bias: scope + "/beta")
    }
    let found = all.filter { names.contains($0.weight) && names.contains($0.bias) }
    let isNormalized = names.contains { $0.contains("LayerNorm") }
    guard found.count == (isNormalized ? all.count : 0) else {
      throw .foreignModel(
        path: path, found: "layer normalisation of \(found.count) layers",
        expected: "of layers 1, 2, 3 and 5, or of none")
    }
    return found
  }
}
