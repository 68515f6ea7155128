/// Sequences of different lengths side by side: what flows between layers.
package struct Sequences: Sendable, Equatable {
  /// [frames, batch, features]: time is outermost, so that a recurrent layer's step is one block.
  package var values: Tensor

  /// How many frames of each sequence are real; the rest is padding.
  package var lengths: [Int]

  /// Joins frames with the lengths of the sequences that they belong to.
  package init(_ values: Tensor, lengths: [Int]) {
    precondition(values.shape.count == 3, "[frames, batch, features]")
    precondition(values.shape[1] == lengths.count, "a length for each sequence")
    precondition(lengths.allSatisfy { $0 <= values.shape[0] }, "no sequence beyond the frames")
    self.values = values
    self.lengths = lengths
  }

  /// Sequences that fill all frames of `values`.
  package init(full values: Tensor) {
    self.init(values, lengths: [Int](repeating: values.shape[0], count: values.shape[1]))
  }

  /// `count` sequences of which no frame is there.
  package static func none(_ count: Int, features: Int) -> Sequences {
    Sequences(full: Tensor(unwritten: [0, count, features]))
  }

  /// How many frames there are, padding included.
  package var frameCount: Int { values.shape[0] }

  /// How many sequences there are.
  package var count: Int { lengths.count }

  /// How many numbers a frame has.
  package var featureCount: Int { values.shape[2] }
}

extension [Sequences] {
  /// Takes the first of a layer's inputs out of the list, so that its memory can be overwritten if it is not shared.
  package mutating func takeFirst() -> Sequences { removeFirst() }
}

/// What the numbers of a frame are: the lengths of its axes, outermost first, of which the last varies fastest.
///
/// A vector of features has one axis; a frame of a two-dimensional convolution has [height, channels].
package struct FrameShape: Sendable, Equatable, CustomStringConvertible {
  /// Length of each axis.
  package let axes: [Int]

  /// A frame of these axes.
  package init(_ axes: [Int]) { self.axes = axes }

  /// A vector of `count` features.
  package init(_ count: Int) { axes = [count] }

  /// How many numbers a frame has.
  package var count: Int { axes.reduce(1, *) }

  /// The axes as they are written: `[40, 32]`.
  package var description: String { "\(axes)" }
}
