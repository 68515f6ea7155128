import ParlaNeuralNetwork

/// What the two forms differ in: layers ask for windows, positions and aligned frames, and are else the same in both.
extension ONNXGraph {
  /// No frame: [1].
  mutating func zero() -> ONNXValue { integers([0]) }

  private mutating func sum(_ a: ONNXValue, _ b: ONNXValue) -> ONNXValue { add("Add", [a, b]) }

  private mutating func product(_ a: ONNXValue, _ b: Int) -> ONNXValue {
    b == 1 ? a : add("Mul", [a, integers([b])])
  }

  /// `value` with rows of `filling` before and after; how many is [1].
  mutating func padded(
    _ value: ONNXValue, before: ONNXValue, after: ONNXValue, filling: Float = 0
  ) -> ONNXValue {
    let none = integers([0, 0])
    let pads = add("Concat", [before, none, after, none], [.int("axis", 0)])
    return add("Pad", [value, pads] + (filling == 0 ? [] : [number(filling)]))
  }

  /// Frames that wait for those to come, under a name that is the layer's: what waited, and then `value`.
  mutating func joined(_ value: ONNXValue, waiting name: String, width: Int) -> ONNXValue {
    add(
      "Concat", [state(name, ["\(name)_count", "batch", "\(width)"]), value], [.int("axis", 0)])
  }

  /// Lets those rows of `value` wait.
  mutating func wait(
    _ value: ONNXValue, from first: ONNXValue, to end: ONNXValue, as name: String, width: Int
  ) {
    carry(
      slice(value, from: first, to: end), as: name, ["\(name)_next_count", "batch", "\(width)"])
  }

  /// How many frames came before these, and how many with them, under a name that is the layer's: [1].
  mutating func seen(_ value: ONNXValue, as name: String) -> (before: ONNXValue, now: ONNXValue) {
    let count = length(value)
    guard form == .pieces else { return (zero(), count) }
    let before = state(name, ["1"], .int64)
    let now = sum(before, count)
    carry(now, as: name, ["1"], .int64)
    return (before, now)
  }
}

// MARK: - Windows

extension ONNXGraph {
  /// Frames that contain consecutive complete windows, from the first frame on, and the number of windows.
  ///
  /// More frames may follow, so that there is always a window to compute. Without a count, all complete windows count.
  mutating func windows(
    _ times: TimeWindows, of input: ONNXFrames, filling: Float = 0
  ) -> (frames: ONNXValue, count: ONNXValue?) {
    form == .pieces
      ? windowsOfPieces(times, of: input) : windowsOfWhole(times, of: input, filling: filling)
  }

  private mutating func windowsOfWhole(
    _ times: TimeWindows, of input: ONNXFrames, filling: Float
  ) -> (ONNXValue, ONNXValue?) {
    let span = times.span
    let value = span > 1 ? present(input, filling: filling) : input.value
    if times.fitsLength { return windowsThatFit(times, value, filling: filling) }
    guard times.before + times.after < span - 1 else {
      guard times.before + times.after > 0 else { return (value, nil) }
      let frames = padded(
        value, before: integers([times.before]), after: integers([times.after]),
        filling: filling)
      return (frames, nil)
    }
    let frames = padded(
      value, before: integers([times.before]), after: integers([times.after + span]),
      filling: filling)
    let room = sum(length(value), integers([times.before + times.after]))
    return (frames, windowCount(of: room, times))
  }

  /// How many zeros stand before depends on how long the longest sequence is.
  private mutating func windowsThatFit(
    _ times: TimeWindows, _ value: ONNXValue, filling: Float
  ) -> (ONNXValue, ONNXValue?) {
    let (span, stride) = (times.span, times.stride)
    let total = length(value)
    let count = add("Div", [sum(total, integers([stride - 1])), integers([stride])])
    // They cover (count - 1) stride + span frames, of which half of what lacks is before.
    let covered = sum(product(count, stride), integers([span - stride]))
    let lacking = add("Max", [add("Sub", [covered, total]), zero()])
    let frames = padded(
      value, before: add("Div", [lacking, integers([2])]), after: integers([span]),
      filling: filling)
    return (frames, count)
  }

  /// The frames of `value` that stand at `places` [frames, batch, 1].
  mutating func picked(_ value: ONNXValue, _ places: ONNXValue) -> ONNXValue {
    let width = length(value, axis: 2)
    let one = integers([1])
    let shape = add("Concat", [one, one, width], [.int("axis", 0)])
    return add("GatherElements", [value, add("Expand", [places, shape])], [.int("axis", 0)])
  }

  private mutating func windowsOfPieces(
    _ times: TimeWindows, of input: ONNXFrames
  ) -> (ONNXValue, ONNXValue?) {
    let (name, width) = ("frames_\(layer)", input.shape.count)
    guard times.span > 1 || times.stride > 1 || times.before + times.after > 0 else {
      let frames = padded(input.value, before: zero(), after: integers([1]))
      return (frames, length(input.value))
    }
    var frames = joined(input.value, waiting: name, width: width)
    var total = length(frames)
    let (before, after) = zeros(times, around: input.value)
    if let before, let after { total = sum(total, sum(before, after)) }
    let spare = integers([times.span])
    frames = padded(
      frames, before: before ?? zero(), after: after.map { sum($0, spare) } ?? spare)
    guard times.stride > times.span else {
      let count = windowCount(of: total, times)
      wait(frames, from: product(count, times.stride), to: total, as: name, width: width)
      return (frames, count)
    }
    // Where windows do not touch, the frames between them are skipped.
    let skip = state("skip_\(layer)", ["1"], .int64)
    let skipped = add("Min", [skip, total])
    frames = slice(frames, from: skipped, to: sum(total, spare))
    total = add("Sub", [total, skipped])
    let count = windowCount(of: total, times)
    let used = product(count, times.stride)
    let kept = add("Min", [used, total])
    wait(frames, from: kept, to: total, as: name, width: width)
    let rest = sum(add("Sub", [skip, skipped]), add("Sub", [used, kept]))
    carry(rest, as: "skip_\(layer)", ["1"], .int64)
    return (frames, count)
  }

  /// How many zeros precede the frames of a piece, if it has the first frame, and how many follow them, if the last one has
  /// arrived; nil if there never are any.
  private mutating func zeros(
    _ times: TimeWindows, around value: ONNXValue
  ) -> (before: ONNXValue?, after: ONNXValue?) {
    guard times.before + times.after > 0 else { return (nil, nil) }
    let frames = seen(value, as: "seen_\(layer)")
    let one = integers([1])
    let isAny = add("Min", [frames.now, one])
    let isFirst = add("Sub", [isAny, add("Min", [frames.before, one])])
    let isEnd = isLast.map { add("Mul", [isAny, $0]) } ?? zero()
    return (product(isFirst, times.before), product(isEnd, times.after))
  }

  /// The number of windows in this many frames, which may be too few for one.
  private mutating func windowCount(of length: ONNXValue, _ times: TimeWindows) -> ONNXValue {
    let room = sum(length, integers([times.stride - times.span]))
    let count = add("Max", [room, zero()])
    return times.stride == 1 ? count : add("Div", [count, integers([times.stride])])
  }

  /// The first `count` frames of what was computed for windows.
  mutating func first(_ count: ONNXValue?, of value: ONNXValue) -> ONNXValue {
    count.map { slice(value, from: zero(), to: $0) } ?? value
  }
}

// MARK: - Lengths

extension ONNXGraph {
  /// How many frames come out of sequences of so many, [batch], as `LayerTiming.outputLength` has it.
  mutating func outputLengths(_ lengths: ONNXValue, _ timing: LayerTiming) -> ONNXValue {
    guard !timing.isWhole else { return add("Min", [lengths, integers([1])]) }
    guard timing.stride > 1 || timing.padding != timing.span - 1 else {
      return product(lengths, timing.factor)
    }
    let room = sum(lengths, integers([timing.padding - timing.span + timing.stride]))
    let count = add("Div", [add("Max", [room, zero()]), integers([timing.stride])])
    // Of nothing comes nothing, however much is put around it.
    return product(add("Mul", [count, add("Min", [lengths, integers([1])])]), timing.factor)
  }

  /// The least of several lengths.
  mutating func least(_ lengths: [ONNXValue]) -> ONNXValue {
    Set(lengths).count == 1 ? lengths[0] : add("Min", lengths)
  }
}

// MARK: - Several inputs

extension ONNXGraph {
  /// As many frames of each input: in pieces others wait for their counterparts, which layers that look ahead hold back; of a whole
  /// they are left out.
  mutating func aligned(_ inputs: [ONNXFrames]) -> [ONNXValue] {
    guard inputs.contains(where: { $0.schedule != inputs[0].schedule }) else {
      return inputs.map(\.value)
    }
    var values = inputs.map(\.value)
    if form == .pieces {
      for (index, input) in inputs.enumerated() {
        values[index] = joined(
          input.value, waiting: "input_\(index + 1)_\(layer)", width: input.shape.count)
      }
    }
    let lengths = values.map { length($0) }
    let ready = add("Min", lengths)
    if form == .pieces {
      for (index, value) in values.enumerated() {
        wait(
          value, from: ready, to: lengths[index], as: "input_\(index + 1)_\(layer)",
          width: inputs[index].shape.count)
      }
    }
    return values.map { slice($0, from: zero(), to: ready) }
  }
}
