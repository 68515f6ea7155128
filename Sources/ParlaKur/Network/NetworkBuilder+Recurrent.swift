import ParlaDescriptions
import ParlaNeuralNetwork

extension NetworkBuilder {
  /// A recurrent layer, as the backend has it.
  mutating func recurrent(
    _ container: KurContainer, _ input: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let parameters = container.parameters
    guard input.isSequence, input.axes.count <= 1 else {
      throw failure(
        "an input of \(input.shape.count) axes\(parallel == nil ? "" : " inside of parallel")",
        "frames of one axis, outside of parallel")
    }
    let type = parameters["type"]?.string ?? "gru"
    guard type != "sru" || !conventions.isKeras else {
      throw failure("type: sru", "lstm or gru, which Keras has")
    }
    let isBidirectional = parameters["bidirectional"]?.isTrue == true
    let merge = parameters["merge"]?.string ?? "average"
    let given = parameters["size"]?.integer ?? 0
    let size = isBidirectional && merge == "concat" ? given / 2 : given
    guard size > 0, size <= 1 << 20 else {
      throw failure("size \(given)", "a number from \(isBidirectional ? 2 : 1) to 1048576")
    }
    if merge == "concat" && isBidirectional && given % 2 == 1 {
      notes.append(
        "\(container.name): the two directions of size \(given) have \(size) units each.")
    }
    var (kind, fields) = try cell(type, parameters["activation"])
    fields["size"] = .integer(size)
    if isBidirectional {
      fields["type"] = .text(kind)
      fields["merge"] = .text(merge == "add" ? "sum" : merge)
      fields["aligned"] = .flag(!conventions.isKeras)
      kind = "bidirectional"
    }
    var result = input
    result.node = node(kind, fields, of: [input], hasWeights: true)
    result.axes = [isBidirectional && merge == "concat" ? 2 * size : size]
    addRecurrentWeights(
      result.node, type: type, inputs: input.axes.last ?? 1, units: size,
      isBidirectional: isBidirectional)
    guard parameters["sequence"]?.isTrue == false else { return result }
    return NetworkValue(
      node: node("last_frame", of: [result]), isSequence: false, axes: result.axes)
  }

  /// The kind of layer and its functions.
  private mutating func cell(
    _ type: String, _ activation: PythonValue?
  ) throws(KurError) -> (kind: String, fields: [String: FieldValue]) {
    let function = activation.flatMap { $0 == .none ? nil : $0.text }
    if conventions.isPyTorch || type == "sru" {
      if let function, function != "tanh" {
        notes.append(
          "\(current.name): outer_activation \(function) has no meaning for \(type) here.")
      }
      return (type, [:])
    }
    let name = function == "none" ? "linear" : function ?? "relu"
    guard CellFunction(rawValue: name) != nil else {
      let known = CellFunction.allCases.map(\.rawValue)
      let suggestion = nearest(name, known).map { "; did you mean \($0)?" } ?? ""
      throw failure(
        "outer_activation \(name)\(suggestion)", "one of " + known.joined(separator: ", "))
    }
    return ("keras_\(type)", ["activation": .text(name), "gate": .text("hard_sigmoid")])
  }
}
