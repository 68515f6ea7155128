/// Consecutive windows of frames: `span` frames, each window `stride` after the one before.
///
/// A sequence is padded with zeros before its first frame and after its last one.
///
///     frames:   0 a b c d e 0        before 1, after 1
///     windows:  └─┬─┘                span 3, stride 2
///                   └─┬─┘
package struct TimeWindows: Sendable, Equatable {
  package var span: Int
  package var stride: Int
  package var before: Int
  package var after: Int
  /// Whether the zeros before depend on how long a sequence is, as TensorFlow has it: half of what windows lack that begin every
  /// `stride` frames and cover all.
  package var fitsLength = false

  /// The zeros before sequences of `length` frames.
  package func before(_ length: Int) -> Int {
    guard fitsLength else { return before }
    let count = (length + stride - 1) / stride
    return max((count - 1) * stride + span - length, 0) / 2
  }

  /// How frames out correspond to frames in.
  package var timing: LayerTiming {
    LayerTiming(
      stride: stride, lookAhead: max(span - 1 - before, 0), span: span, padding: before + after)
  }

  /// The frames of the windows that are complete now, from the first window's first frame on, and how many windows they are.
  package func take(
    _ input: Sequences, _ states: inout [LayerState], isLast: [Bool]
  ) -> (frames: Sequences, counts: [Int]) {
    var frames: [Tensor] = []
    var counts: [Int] = []
    for number in states.indices {
      let (own, count) = take(input.frames(of: number), &states[number], isLast: isLast[number])
      // Of a sequence that is alone, what no window reads may stay.
      let end = count == 0 ? 0 : states.count == 1 ? own.shape[0] : (count - 1) * stride + span
      frames.append(own.frames(0..<end))
      counts.append(count)
    }
    return (Sequences(joining: frames), counts)
  }

  /// All frames from the first window's first on, and how many windows are complete.
  private func take(
    _ new: Tensor, _ state: inout LayerState, isLast: Bool
  ) -> (frames: Tensor, count: Int) {
    let width = new.columnCount
    var waiting = state.tensors.first ?? Tensor(shape: [before, 1, width])
    // Where windows do not touch, the frames between them are skipped.
    var skip = state.counts.first ?? 0
    let seen = (state.counts.last ?? 0) + new.shape[0]
    var more = new
    if isLast && seen > 0 { more = more.followed(by: Tensor(shape: [after, 1, width])) }
    let skipped = min(skip, more.shape[0])
    skip -= skipped
    waiting = waiting.followed(by: more.frames(skipped..<more.shape[0]))
    let length = waiting.shape[0]
    let isAny = seen > 0 && skip == 0 && length >= span
    let count = isAny ? (length - span) / stride + 1 : 0
    let used = count * stride
    state.tensors = [waiting.frames(min(used, length)..<length)]
    state.counts = [skip + max(used - length, 0), seen]
    if isLast { state = LayerState() }
    return (waiting, count)
  }
}
