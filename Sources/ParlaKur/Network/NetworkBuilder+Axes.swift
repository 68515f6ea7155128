import ParlaDescriptions
import ParlaNeuralNetwork

extension FieldValue {
  static func integers(_ values: [Int]) -> FieldValue { .list(values.map { .number(Double($0)) }) }
  static func integer(_ value: Int) -> FieldValue { .number(Double(value)) }
}

/// Layers that move numbers between time and the axes of a frame.
extension NetworkBuilder {
  /// The same numbers with all axes in one frame.
  mutating func collected(_ value: NetworkValue) throws(KurError) -> NetworkValue {
    guard value.isSequence else { return value }
    guard let count = value.frameCount else {
      throw failure(
        "sequences of different lengths", "a fixed number of frames: a shape for the input")
    }
    let node = node("collect", ["frames": .integer(count)], of: [value])
    let collected = NetworkValue(
      node: node, isSequence: false, axes: [count] + (value.axes.isEmpty ? [1] : value.axes))
    return value.axes.isEmpty ? reshaped(collected, [count]) : collected
  }

  /// The same numbers with the first of several axes as time, where it is to be that.
  mutating func spread(_ value: NetworkValue) -> NetworkValue {
    guard parallel == nil, !value.isSequence, value.axes.count > 1 else { return value }
    return NetworkValue(
      node: node("spread", of: [value]), isSequence: true, frameCount: value.axes[0],
      axes: Array(value.axes.dropFirst()))
  }

  /// The numbers of a frame in other axes.
  mutating func reshaped(_ value: NetworkValue, _ axes: [Int]) -> NetworkValue {
    guard axes != value.axes else { return value }
    var value = value
    let physical = axes.isEmpty ? [1] : axes
    if physical != (value.axes.isEmpty ? [1] : value.axes) {
      value.node = node("reshape", ["shape": .integers(physical)], of: [value])
    }
    value.axes = axes
    return value
  }

  /// Axis i of what comes out is axis `order[i]`, counted without the batch's.
  mutating func transposed(
    _ value: NetworkValue, _ order: [Int]
  ) throws(KurError) -> NetworkValue {
    guard order != Array(order.indices) else { return value }
    if value.isSequence && order[0] == 0 {
      var result = value
      let inner = order.dropFirst().map { $0 - 1 }
      result.node = node("transpose", ["axes": .integers(inner)], of: [value])
      result.axes = inner.map { value.axes[$0] }
      return result
    }
    var result = try collected(value)
    result.node = node("transpose", ["axes": .integers(order)], of: [result])
    result.axes = order.map { [axes = result.axes] in axes[$0] }
    return spread(result)
  }

  /// One axis of all numbers.
  mutating func flattened(_ value: NetworkValue) throws(KurError) -> NetworkValue {
    guard value.shape.count > 1 else { return value }
    let whole = try collected(value)
    return reshaped(whole, [whole.axes.reduce(1, *)])
  }

  /// The axes changed by `body`, which gets their lengths; where time is no axis any more, all frames become one.
  private mutating func withAxes(
    _ value: NetworkValue, touchesTime: Bool, _ body: (inout [Int]) -> Void
  ) throws(KurError) -> NetworkValue {
    if value.isSequence && !touchesTime {
      var axes = value.axes
      body(&axes)
      let result = reshaped(value, axes)
      guard axes.isEmpty, value.frameCount != nil else { return result }
      return try collected(result)
    }
    let whole = try collected(value)
    var axes = whole.axes
    body(&axes)
    return spread(reshaped(whole, axes))
  }

  /// `expand` and `squeeze`.
  mutating func axisAdded(
    _ value: NetworkValue, _ dimension: Int
  ) throws(KurError) -> NetworkValue {
    let rank = value.shape.count
    let index = dimension < 0 ? rank + 1 + dimension : dimension
    guard (0...rank).contains(index) else {
      throw failure("dimension \(dimension)", "one from \(-rank - 1) to \(rank)")
    }
    let isInner = value.isSequence && index > 0
    return try withAxes(value, touchesTime: !isInner) {
      $0.insert(1, at: isInner ? index - 1 : index)
    }
  }

  mutating func axisRemoved(
    _ value: NetworkValue, _ dimension: Int
  ) throws(KurError) -> NetworkValue {
    let rank = value.shape.count
    let index = dimension < 0 ? rank + dimension : dimension
    guard (0..<rank).contains(index), rank > 1 else {
      throw failure("dimension \(dimension)", "one from \(-rank) to \(rank - 1)")
    }
    guard value.shape[index] == 1 else {
      throw failure(
        "axis \(dimension) of length \(value.shape[index].map { "\($0)" } ?? "unknown")",
        "one of length 1")
    }
    let isInner = value.isSequence && index > 0
    return try withAxes(value, touchesTime: !isInner) { axes in
      _ = axes.remove(at: isInner ? index - 1 : index)
    }
  }

  /// `transpose`, whose axes count the batch's if it says so.
  mutating func transposition(
    _ container: KurContainer, _ value: NetworkValue
  ) throws(KurError) -> NetworkValue {
    let order = container.parameters["axes"]?.sequence?.compactMap(\.integer) ?? []
    let rank = value.shape.count
    guard container.parameters["include_batch"]?.isTrue == true else {
      guard order.count == rank else {
        throw failure("\(order.count) axes", "\(rank), as its input has")
      }
      return try transposed(value, order)
    }
    guard order.count == rank + 1 else {
      throw failure("\(order.count) axes", "\(rank + 1), as its input has with the batch's")
    }
    if order[0] == 0 { return try transposed(value, order.dropFirst().map { $0 - 1 }) }
    guard order[1] == 0, parallel == nil else {
      throw failure("the batch's axis at place \(order.firstIndex(of: 0) ?? 0)", "place 0 or 1")
    }
    var result = try transposed(value, ([order[0]] + order.dropFirst(2)).map { $0 - 1 })
    guard result.isSequence else {
      throw failure("one axis in addition to the batch's", "two or more")
    }
    result.node = node("swap_batch", of: [result])
    result.frameCount = nil
    return result
  }
}
