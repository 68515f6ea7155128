import CKernels

extension Compute {
  /// Connectionist temporal classification of each sequence, in parallel.
  ///
  /// - Parameters:
  ///   - logits: [frames, batch, classes], the blank being the last class.
  ///   - labels: The labels of each sequence.
  ///   - frameCounts: Frames of each sequence; beyond them the gradient is zero.
  ///   - gradientWeight: What the gradient is multiplied by.
  /// - Returns: -ln p(labels) of each sequence, infinite where the frames cannot spell the labels, and the gradient of
  ///   `gradientWeight` times their sum with respect to the logits; that of an infinite loss is zero.
  package func ctc(logits: Tensor, labels: [[Int32]], frameCounts: [Int], gradientWeight: Float)
    -> (
      losses: [Double], gradient: Tensor
    )
  {
    let (batch, classes) = (logits.shape[1], logits.columnCount)
    precondition(labels.count == batch && frameCounts.count == batch, "labels of each sequence")
    precondition(
      labels.allSatisfy { $0.allSatisfy { $0 >= 0 && $0 < classes - 1 } }, "labels below the blank")
    var gradient = Tensor(shape: logits.shape)
    var losses = Tensor(shape: [2 * batch])  // room for a double each
    nonisolated(unsafe) let x = unsafe logits.pointer
    nonisolated(unsafe) let g = unsafe gradient.mutablePointer
    nonisolated(unsafe) let result = unsafe UnsafeMutableRawPointer(losses.mutablePointer)
      .assumingMemoryBound(
        to: Double.self)
    divide(batch) { sequences in
      for b in sequences {
        let (frames, labels) = (frameCounts[b], labels[b])
        let room = parla_ctc_workspace_count(frames, classes, labels.count)
        var workspace = Tensor(unwritten: [room])
        let space = unsafe workspace.mutablePointer
        let loss = unsafe labels.withUnsafeBufferPointer { labels in
          unsafe parla_ctc(
            frames, classes, batch * classes, x + b * classes, labels.count,
            labels.baseAddress, g + b * classes, space)
        }
        // The kernel's logarithm of zero is finite: a label of probability 0 makes a loss of its size.
        let isSpelled = loss < Self.lossOfNothing
        unsafe result[b] = isSpelled ? loss : .infinity
        for t in 0..<frames {
          let row = unsafe g + (t * batch + b) * classes
          for k in 0..<classes { unsafe row[k] = isSpelled ? row[k] * gradientWeight : 0 }
        }
      }
    }
    return (unsafe Array(UnsafeBufferPointer(start: result, count: batch)), gradient)
  }

  /// No sequence that can be spelled at all is so improbable.
  private static let lossOfNothing = 1e29
}
