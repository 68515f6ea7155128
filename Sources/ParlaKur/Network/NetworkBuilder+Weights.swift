import ParlaNeuralNetwork

/// How a backend names the files of a layer: `LAYER+PREFIXweight`.
struct LayerFile {
  let layer: String
  let prefix: String
  let suffix: String

  func with(_ addition: String) -> LayerFile {
    LayerFile(layer: layer + addition, prefix: prefix, suffix: suffix)
  }
}

extension NetworkBuilder {
  // MARK: - Names

  /// The files of the layer in work.
  mutating func fileName() -> LayerFile { fileName(current.name, isNamed: true) }

  /// The files of a layer that the backend names itself: by its kind and a number.
  mutating func kerasName(_ kind: String) -> LayerFile {
    guard parallel == nil else { return fileName(current.name, isNamed: false) }
    kerasCounts[kind, default: 0] += 1
    return fileName("\(kind)_\(kerasCounts[kind] ?? 1)", isNamed: true)
  }

  private mutating func fileName(_ name: String, isNamed: Bool) -> LayerFile {
    if conventions.isPyTorch {
      return LayerFile(
        layer: "layer_" + name.replacing(".", with: "_"), prefix: "", suffix: "")
    }
    let suffix = conventions.isTheano ? "" : ":0"
    guard let place = parallel else {
      return LayerFile(layer: name, prefix: name + "_", suffix: suffix)
    }
    defer { parallel?.count += 1 }
    let layer = "\(place.name)_\(place.child)_\(place.index)_\(place.count)"
    return LayerFile(
      layer: layer, prefix: (conventions.isKeras1 ? name : layer) + "_", suffix: suffix)
  }

  private mutating func add(_ file: LayerFile, _ weight: KurWeight) {
    guard !isReusing else { return }
    weights.append(weight)
  }

  private func weight(
    _ file: LayerFile, _ name: String, _ shape: [Int], order: [Int]? = nil, _ parameter: String,
    firstRow: Int = 0
  ) -> KurWeight {
    KurWeight(
      file.layer, file.prefix + name + file.suffix, shape: shape, order: order,
      parameter: parameter, firstRow: firstRow)
  }

  // MARK: - Layers

  mutating func addDenseWeights(_ file: LayerFile, _ node: String, inputs: Int, outputs: Int) {
    if conventions.isPyTorch {
      add(file, weight(file, "weight", [outputs, inputs], "\(node).weight"))
    } else {
      let name = conventions.isKeras1 ? "W" : "kernel"
      add(file, weight(file, name, [inputs, outputs], order: [1, 0], "\(node).weight"))
    }
    addBias(file, node, outputs)
  }

  private mutating func addBias(
    _ file: LayerFile, _ node: String, _ outputs: Int, firstRow: Int = 0
  ) {
    let name = conventions.isKeras1 ? "b" : "bias"
    add(file, weight(file, name, [outputs], "\(node).bias", firstRow: firstRow))
  }

  mutating func addHighwayWeights(_ node: String, size: Int) {
    let name = fileName()
    for (index, suffix) in ["_H", "_T"].enumerated() {
      let file = name.with(suffix)
      add(
        file, weight(file, "weight", [size, size], "\(node).weight", firstRow: index * size))
      addBias(file, node, size, firstRow: index * size)
    }
  }

  mutating func addConvolutionWeights(_ kernel: KurWeight.Kernel, suffix: String = "") {
    let file = fileName().with(suffix)
    let count = kernel.sizes.count
    let parameter = "\(kernel.node).weight"
    if conventions.isPyTorch {
      add(
        file,
        weight(
          file, "weight", [kernel.outputs, kernel.inputs] + kernel.sizes,
          order: [0] + (2..<count + 2) + [1], parameter))
    } else {
      // Keras 1 has one-dimensional kernels as two-dimensional ones.
      let sizes = conventions.isKeras1 && count == 1 ? kernel.sizes + [1] : kernel.sizes
      var own = weight(
        file, conventions.isKeras1 ? "W" : "kernel", sizes + [kernel.inputs, kernel.outputs],
        order: [sizes.count + 1] + (0..<sizes.count + 1), parameter)
      if conventions.isTheano && count < 3 { own.flipped = Array(0..<sizes.count) }
      add(file, own)
    }
    addBias(file, kernel.node, kernel.outputs)
  }

  mutating func addEmbeddingWeights(_ node: String, vocabulary: Int, size: Int) {
    let file = fileName()
    let name = conventions.isPyTorch ? "weight" : conventions.isKeras1 ? "W" : "embeddings"
    add(file, weight(file, name, [vocabulary, size], "\(node).vectors"))
  }

  mutating func addNormalizationWeights(_ node: String, channels: Int) {
    let file = fileName()
    let names =
      conventions.isPyTorch
      ? ["weight", "bias", "running_mean", "running_var"]
      : conventions.isKeras1
        ? ["gamma", "beta", "running_mean", "running_std"]
        : ["gamma", "beta", "moving_mean", "moving_variance"]
    for (name, own) in zip(names, ["gamma", "beta", "running_mean", "running_variance"]) {
      add(file, weight(file, name, [channels], "\(node).\(own)"))
    }
  }

  mutating func addRecurrentWeights(
    _ node: String, type: String, inputs: Int, units: Int, isBidirectional: Bool
  ) {
    let name = fileName()
    let directions =
      isBidirectional
      ? [(".forward", "_fwd", ""), (".backward", "_rev", "_reverse")] : [("", "", "")]
    for (own, keras, torch) in directions {
      let node = node + own
      if type == "sru" {
        addSRUWeights(name, node, inputs: inputs, units: units, suffix: torch)
      } else if conventions.isPyTorch {
        addTorchWeights(name, node, type, inputs: inputs, units: units, suffix: torch)
      } else {
        let file = LayerFile(
          layer: name.layer + keras, prefix: name.layer + keras + "_", suffix: name.suffix)
        addKerasWeights(file, node, type, inputs: inputs, units: units)
      }
    }
  }

  private mutating func addKerasWeights(
    _ file: LayerFile, _ node: String, _ type: String, inputs: Int, units: Int
  ) {
    let gates = type == "gru" ? ["z", "r", "h"] : ["i", "f", "c", "o"]
    guard conventions.isKeras1 else {
      let rows = gates.count * units
      add(file, weight(file, "kernel", [inputs, rows], order: [1, 0], "\(node).input_weight"))
      add(
        file,
        weight(file, "recurrent_kernel", [units, rows], order: [1, 0], "\(node).recurrent_weight"))
      add(file, weight(file, "bias", [rows], "\(node).bias"))
      return
    }
    for (index, gate) in gates.enumerated() {
      let row = index * units
      add(
        file,
        weight(
          file, "W_\(gate)", [inputs, units], order: [1, 0], "\(node).input_weight", firstRow: row))
      add(
        file,
        weight(
          file, "U_\(gate)", [units, units], order: [1, 0], "\(node).recurrent_weight",
          firstRow: row))
      add(file, weight(file, "b_\(gate)", [units], "\(node).bias", firstRow: row))
    }
  }

  private mutating func addTorchWeights(
    _ file: LayerFile, _ node: String, _ type: String, inputs: Int, units: Int, suffix: String
  ) {
    let rows = (type == "gru" ? 3 : 4) * units
    add(file, weight(file, "weight_ih_l0\(suffix)", [rows, inputs], "\(node).input_weight"))
    add(file, weight(file, "weight_hh_l0\(suffix)", [rows, units], "\(node).recurrent_weight"))
    add(file, weight(file, "bias_ih_l0\(suffix)", [rows], "\(node).bias"))
    var second = weight(file, "bias_hh_l0\(suffix)", [rows], "\(node).bias")
    let shared = type == "gru" ? 2 * units : rows
    second.parts = [
      .init(rows: 0..<shared, parameter: "\(node).bias", firstRow: 0, isAddend: true)
    ]
    if type == "gru" {
      second.parts.append(
        .init(rows: shared..<rows, parameter: "\(node).recurrent_bias", firstRow: 0))
    }
    add(file, second)
  }

  /// As in the program of SRU's authors: a unit's parts are adjacent, [inputs, units, parts].
  private mutating func addSRUWeights(
    _ file: LayerFile, _ node: String, inputs: Int, units: Int, suffix: String
  ) {
    let parts = inputs == units ? 3 : 4
    add(
      file,
      weight(
        file, "rnn_lst.0.weight\(suffix)", [inputs, units, parts], order: [2, 1, 0],
        "\(node).weight"))
    add(file, weight(file, "rnn_lst.0.bias\(suffix)", [2 * units], "\(node).bias"))
  }
}
