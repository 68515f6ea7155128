/// A layer's state within one sequence that comes in pieces.
package struct LayerState: Sendable {
  /// Tensors whose first axis has length 1, or frames that wait: [frames, 1, features].
  package var tensors: [Tensor] = []

  /// Counts of frames, such as those that a stride still skips.
  package var counts: [Int] = []

  /// Nothing was seen yet.
  package init() {}
}

extension [LayerState] {
  /// The tensors of several sequences, put together along their first axis; zeros for a sequence that has none yet.
  package var joined: [Tensor] {
    guard let known = first(where: { !$0.tensors.isEmpty })?.tensors else { return [] }
    guard count > 1 else { return known }
    return known.indices.map { index in
      let zeros = [Float](repeating: 0, count: known[index].count)
      return Tensor(
        shape: [count] + known[index].shape.dropFirst(),
        values: flatMap { $0.tensors.isEmpty ? zeros : $0.tensors[index].values })
    }
  }

  /// Gives each sequence its rows of `tensors`.
  package mutating func set(_ tensors: [Tensor]) {
    let parts = tensors.map(\.rows)
    for number in indices { self[number].tensors = parts.map { $0[number] } }
  }
}

extension Tensor {
  /// The parts along the first axis, each with a first axis of length 1.
  fileprivate var rows: [Tensor] {
    guard shape[0] > 1 else { return [self] }
    let size = count / shape[0]
    let all = values
    return (0..<shape[0]).map { row in
      Tensor(
        shape: [1] + shape.dropFirst(), values: Array(all[row * size..<(row + 1) * size]))
    }
  }
}

extension Sequences {
  /// The real frames of sequence `number`: [frames, 1, features].
  package func frames(of number: Int) -> Tensor {
    let (length, width) = (lengths[number], featureCount)
    guard count > 1 || length < frameCount else { return values }
    var result = Tensor(unwritten: [length, 1, width])
    let target = unsafe result.mutablePointer
    for frame in 0..<length {
      unsafe (target + frame * width).update(
        from: values.pointer + (frame * count + number) * width, count: width)
    }
    return result
  }

  /// Sequences side by side, each [frames, 1, features]; shorter ones are filled up with zeros.
  package init(joining sequences: [Tensor]) {
    let lengths = sequences.map { $0.shape[0] }
    let width = sequences.first?.columnCount ?? 0
    if sequences.count == 1 {
      self.init(sequences[0], lengths: lengths)
      return
    }
    var values = Tensor(shape: [lengths.max() ?? 0, sequences.count, width])
    let target = unsafe values.mutablePointer
    for (number, sequence) in sequences.enumerated() {
      for frame in 0..<lengths[number] {
        unsafe (target + (frame * sequences.count + number) * width).update(
          from: sequence.pointer + frame * width, count: width)
      }
    }
    self.init(values, lengths: lengths)
  }
}

extension Tensor {
  /// The frames of [frames, 1, features], followed by those of `more`.
  package func followed(by more: Tensor) -> Tensor {
    guard shape[0] > 0 else { return more }
    guard more.shape[0] > 0 else { return self }
    var result = Tensor(unwritten: [shape[0] + more.shape[0], 1, columnCount])
    let target = unsafe result.mutablePointer
    unsafe target.update(from: pointer, count: count)
    unsafe (target + count).update(from: more.pointer, count: more.count)
    return result
  }

  /// The frames of all `pieces`, each [frames, 1, features], one after another.
  init(following pieces: [Tensor]) {
    guard let first = pieces.first, pieces.count > 1 else {
      self = pieces.first ?? Tensor(unwritten: [0, 1, 0])
      return
    }
    self.init(unwritten: [pieces.reduce(0) { $0 + $1.shape[0] }, 1, first.columnCount])
    var target = unsafe mutablePointer
    for piece in pieces {
      unsafe target.update(from: piece.pointer, count: piece.count)
      unsafe target += piece.count
    }
  }

  /// The frames `range` of [frames, 1, features].
  package func frames(_ range: Range<Int>) -> Tensor {
    guard range != 0..<shape[0] else { return self }
    var result = Tensor(unwritten: [range.count, 1, columnCount])
    let from = unsafe pointer + range.lowerBound * columnCount
    unsafe result.mutablePointer.update(from: from, count: result.count)
    return result
  }
}

extension Layer {
  /// Keeps all frames until a sequence's last, then computes the whole.
  package func collected(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    for number in states.indices {
      let pieces = inputs.map { $0.frames(of: number) }
      states[number].tensors =
        states[number].tensors.isEmpty
        ? pieces : zip(states[number].tensors, pieces).map { $0.followed(by: $1) }
    }
    var outputs = states.map { _ in Tensor(unwritten: [0, 1, output.count]) }
    for number in states.indices where isLast[number] {
      var whole = states[number].tensors.map { Sequences(full: $0) }
      states[number].tensors = whole.map { Tensor(unwritten: [0, 1, $0.featureCount]) }
      if whole[0].frameCount > 0 {
        outputs[number] = forward(&whole, weights, pass).output.values
      }
    }
    return Sequences(joining: outputs)
  }
}
