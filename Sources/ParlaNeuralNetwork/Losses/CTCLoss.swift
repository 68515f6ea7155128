/// How badly logits spell given labels without an alignment of frames and labels.
///
/// Graves, Fernández, Gomez and Schmidhuber 2006, "Connectionist temporal classification". The blank is the last class.
package struct CTCLoss: Sendable {
  /// -ln p(labels | logits) of each sequence; infinite where the frames are too few to spell the labels.
  package let losses: [Double]

  /// The gradient of `weight` times the sum of the finite losses with respect to the logits: [frames, batch, classes].
  ///
  /// A sequence that cannot be spelt leaves no trace here. (TensorFlow's gradient is softmax(logits) then, which pulls
  /// training away for the sake of one broken transcript.)
  package let logitsGradient: Tensor

  /// Evaluates the loss of `logits` [frames, batch, classes] for the `labels` of each sequence of `frameCounts` frames.
  package init(
    logits: Tensor, labels: [[Int32]], frameCounts: [Int], weight: Float = 1, compute: Compute
  ) {
    (losses, logitsGradient) = compute.ctc(
      logits: logits, labels: labels, frameCounts: frameCounts, gradientWeight: weight)
  }

  /// The fewest frames that can spell `labels`: one for each, and a blank between equal neighbours.
  package static func framesNeeded(for labels: [Int32]) -> Int {
    labels.count + zip(labels, labels.dropFirst()).count { $0 == $1 }
  }
}
