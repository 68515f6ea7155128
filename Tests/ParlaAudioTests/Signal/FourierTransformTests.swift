import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

@Suite struct FourierTransformTests {
  @Test(arguments: [4, 8, 16, 32, 256, 512])
  func powerEqualsTheDefinition(length: Int) {
    let signal = (0..<length).map { sin(Double($0 * $0)) + 0.25 }
    let transform = FourierTransform(length: length)
    var workspace = transform.makeWorkspace()
    for _ in 0..<2 {  // Nothing of the first transform is left in the second.
      for pair in 0..<length / 2 {
        workspace.setPair(pair, signal[2 * pair], signal[2 * pair + 1])
      }
      transform.transform(&workspace)
    }
    expectClose(workspace.power, definition(signal), absolute: 1e-5, relative: 1e-6)
  }

  /// |Σ x_n e^(-2πikn/N)|².
  private func definition(_ signal: [Double]) -> [Float] {
    let step = 2 * Double.pi / Double(signal.count)
    let cosines = signal.indices.map { cos(step * Double($0)) }
    let sines = signal.indices.map { sin(step * Double($0)) }
    return (0...signal.count / 2).map { bin in
      var real = 0.0
      var imaginary = 0.0
      for index in signal.indices {
        real += signal[index] * cosines[bin * index % signal.count]
        imaginary -= signal[index] * sines[bin * index % signal.count]
      }
      return Float(real * real + imaginary * imaginary)
    }
  }
}
