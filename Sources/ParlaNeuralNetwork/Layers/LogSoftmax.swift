package import ParlaDescriptions
import ParlaPlatform

/// Logarithms of shares along an axis: y = x - ln Σ eˣ.
///
/// The axis is a frame's last, or with `axis: batch` that of the sequences of a batch, or with `axis: time` that of the frames: the
/// default of PyTorch 1.0, and so of Kur.
package struct LogSoftmax: Layer {
  package static let kind = "log_softmax"

  /// What the shares are of.
  package enum Axis: String, CaseIterable { case last, batch, time }

  package let name: String
  package let output: FrameShape
  package let axis: Axis

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    output = place.input
    axis = try fields.choice("axis", "what the shares are of", of: Axis.self, default: .last)
  }

  package var canStream: Bool { axis == .last }

  /// How many numbers a sum is of, how far apart they are, and how many sums are side by side.
  private func geometry(_ x: Tensor) -> (length: Int, stride: Int, outer: Int) {
    switch axis {
    case .last: (output.axes.last ?? 1, 1, x.count / max(output.axes.last ?? 1, 1))
    case .batch: (x.shape[1], x.shape[2], x.shape[0])
    case .time: (x.shape[0], x.shape[1] * x.shape[2], 1)
    }
  }

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    var output = inputs.takeFirst()
    unsafe each(&output.values) { x, length, stride in
      var highest = -Float.infinity
      for index in 0..<length { unsafe highest = max(highest, x[index * stride]) }
      var sum = 0.0
      for index in 0..<length { unsafe sum += exp(Double(x[index * stride] - highest)) }
      let logarithm = highest + Float(log(sum))
      for index in 0..<length { unsafe x[index * stride] -= logarithm }
    }
    return LayerOutput(output, saved: Saved([output.values]))
  }

  /// ∂x = ∂y - eʸ Σ ∂y.
  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    var gradient = gradient
    let shares = saved.tensors[0]
    nonisolated(unsafe) let (start, y) = unsafe (
      UnsafePointer(gradient.mutablePointer), shares.pointer
    )
    unsafe each(&gradient) { g, length, stride in
      let offset = unsafe UnsafePointer(g) - start
      var sum: Float = 0
      for index in 0..<length { unsafe sum += g[index * stride] }
      for index in 0..<length {
        unsafe g[index * stride] -= exp(y[offset + index * stride]) * sum
      }
    }
    return [gradient]
  }

  /// Calls `body` with each stretch of numbers whose shares belong together.
  @unsafe private func each(
    _ x: inout Tensor, _ body: (UnsafeMutablePointer<Float>, _ length: Int, _ stride: Int) -> Void
  ) {
    let (length, stride, outer) = geometry(x)
    let numbers = unsafe x.mutablePointer
    for place in 0..<outer {
      for column in 0..<stride {
        unsafe body(numbers + place * length * stride + column, length, stride)
      }
    }
  }
}
