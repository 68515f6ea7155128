package import ParlaNeuralNetwork

/// What a Kurfile's training makes small: the section `loss`.
package struct KurLoss: Sendable {
  /// Measures how far an output is from its target.
  package enum Kind: Sendable {
    /// Connectionist temporal classification.
    case ctc(
      inputLength: String, relativeTo: String?, labels: String, labelLength: String, isScaled: Bool)
    /// The mean of squared differences.
    case squaredError
    /// The mean of -ln p of the class that is right.
    case crossEntropy
  }

  /// The kind of loss.
  package let kind: Kind

  /// The output of the model.
  package let target: String

  private static let kinds = ["ctc", "categorical_crossentropy", "mean_squared_error"]

  /// The losses of the section, one for each of `outputs`.
  ///
  /// - Throws: `KurError.section`.
  package static func all(_ kurfile: Kurfile, outputs: [String]) throws(KurError) -> [KurLoss] {
    let place = "loss"
    guard let section = kurfile.section(place), section.isTrue else {
      throw .section(
        path: kurfile.path, place: place, found: "nothing",
        expected: "a loss for each output of the model: \(outputs.joined(separator: ", "))")
    }
    guard let entries = section.sequence else {
      throw .section(
        path: kurfile.path, place: place, found: "a \(section.typeName)",
        expected: "a list, such as - name: ctc")
    }
    var losses: [KurLoss] = []
    for (index, entry) in entries.enumerated() {
      let settings = try KurSettings(entry, path: kurfile.path, place: "\(place)[\(index)]")
      losses.append(
        try KurLoss(
          settings, outputs: outputs, layers: kurfile.containers.flatMap(\.all).map(\.name)))
    }
    for output in outputs {
      let count = losses.count { $0.target == output }
      guard count == 1 else {
        throw .section(
          path: kurfile.path, place: place, found: "\(count) losses for the output \(output)",
          expected: "one")
      }
    }
    return outputs.compactMap { output in losses.first { $0.target == output } }
  }

  private init(
    _ settings: KurSettings, outputs: [String], layers: [String]
  ) throws(KurError) {
    func name(_ key: String) throws(KurError) -> String {
      guard let name = try settings.text(key) else {
        throw settings.problem(key, "nothing", "the name of a source")
      }
      return name
    }
    guard let kindName = try settings.text("name") else {
      throw settings.problem("name", "nothing", Self.kinds.joined(separator: ", "))
    }
    guard let target = try settings.text("target") else {
      throw settings.problem("target", "nothing", "an output of the model")
    }
    guard outputs.contains(target) else {
      let suggestion = nearest(target, outputs).map { "; did you mean \($0)?" } ?? ""
      throw settings.problem(
        "target", "\(target), which is no output\(suggestion)", outputs.joined(separator: ", "))
    }
    self.target = target
    if settings["weight"] != nil {
      throw settings.problem("weight", "a weight", "none; all losses count alike")
    }
    switch kindName {
    case "ctc":
      try settings.allow(only: [
        "name", "target", "input_length", "output_length", "output", "relative_to", "variant",
      ])
      let variants = settings["variant"].map { $0.sequence ?? [$0] }?.map(\.text) ?? []
      if let unknown = variants.first(where: { !["warp", "loss_scale"].contains($0) }) {
        throw settings.problem("variant", unknown, "warp or loss_scale")
      }
      let start = try settings.text("relative_to")
      if let start, !layers.contains(start) {
        let suggestion = nearest(start, layers).map { "; did you mean \($0)?" } ?? ""
        throw settings.problem(
          "relative_to", "\(start), which is no layer\(suggestion)", "the name of an input")
      }
      kind = .ctc(
        inputLength: try name("input_length"), relativeTo: start,
        labels: try name("output"), labelLength: try name("output_length"),
        isScaled: variants.contains("loss_scale"))
    case "categorical_crossentropy":
      try settings.allow(only: ["name", "target"])
      kind = .crossEntropy
    case "mean_squared_error":
      try settings.allow(only: ["name", "target"])
      kind = .squaredError
    default:
      let suggestion = nearest(kindName, Self.kinds).map { "; did you mean \($0)?" } ?? ""
      throw settings.problem(
        "name", kindName + suggestion, Self.kinds.joined(separator: ", "))
    }
  }

  // MARK: - Targets

  /// What the output should be for `batch`: the loss's part of a step.
  ///
  /// - Throws: `KurError.data` for sources that are not there or do not fit.
  package func target(
    of batch: KurBatch, _ port: KurNetwork.Port, outputLength: (_ length: Int) -> Int
  ) throws(KurError) -> OutputTarget {
    switch kind {
    case .ctc(let inputLength, let relativeTo, let labels, let labelLength, let isScaled):
      let lengths = try array(inputLength, batch).values.map { Int($0) }
      let counts = try array(labelLength, batch).values.map { Int($0) }
      let rows = try array(labels, batch)
      let width = rows.shape.dropFirst().reduce(1, *)
      guard counts.count == rows.count, lengths.count == rows.count,
        counts.allSatisfy({ $0 <= width })
      else { throw problem(labels, "a length for each entry") }
      let spelled = counts.enumerated().map { index, count in
        rows.values[index * width..<index * width + count].map { Int32($0) }
      }
      let frameCounts = relativeTo == nil ? lengths : lengths.map(outputLength)
      let mean = frameCounts.reduce(0, +)
      return .labels(
        spelled, frameCounts: frameCounts,
        scale: isScaled ? Float(mean) / Float(max(frameCounts.count, 1)) / 100 : 1)
    case .squaredError: return .values(try tensor(batch, port))
    case .crossEntropy: return .classes(try tensor(batch, port))
    }
  }

  /// The indices of entries whose labels have room in the frames that come out.
  package func spellable(
    _ batch: KurBatch, _ port: KurNetwork.Port, outputLength: (_ length: Int) -> Int
  ) throws(KurError) -> [Int] {
    guard
      case .labels(let labels, let frameCounts, _) = try target(
        of: batch, port, outputLength: outputLength)
    else { return Array(0..<(batch.values.first?.count ?? 0)) }
    return labels.indices.filter { CTCLoss.framesNeeded(for: labels[$0]) <= frameCounts[$0] }
  }

  /// The names of the sources that it needs.
  package var sources: [String] {
    switch kind {
    case .ctc(let inputLength, _, let labels, let labelLength, _):
      [inputLength, labels, labelLength]
    case .squaredError, .crossEntropy: [target]
    }
  }

  private func problem(_ source: String, _ expected: String) -> KurError {
    .data(path: "loss of \(target)", problem: "found the source \(source), expected \(expected)")
  }

  private func array(_ source: String, _ batch: KurBatch) throws(KurError) -> KurArray {
    guard let column = batch[source] else {
      throw .data(
        path: "loss of \(target)",
        problem: "found no source \(source), expected one of "
          + batch.keys.sorted().joined(separator: ", "))
    }
    guard let array = column.array else { throw problem(source, "one with arrays of numbers") }
    return array
  }

  /// What the output should be, as [frames, batch, features].
  private func tensor(_ batch: KurBatch, _ port: KurNetwork.Port) throws(KurError) -> Tensor {
    let array = try array(target, batch)
    guard array.shape.count == port.shape.count + 1,
      array.shape.dropFirst(port.isSequence ? 2 : 1).reduce(1, *) == port.axes.reduce(1, *)
    else { throw problem(target, "one as the output, [batch] and \(port.shape)") }
    return array.sequences(port.isSequence).values
  }
}
