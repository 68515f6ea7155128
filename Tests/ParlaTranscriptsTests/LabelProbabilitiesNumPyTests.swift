import ParlaFiles
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct LabelProbabilitiesNumPyTests {
  @Test func readsBackWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let probabilities = LabelProbabilities(
        frameCount: 2, labelCount: 3, values: [0.5, 0.25, 0.25, 0, 0, 1])
      try probabilities.write(to: folder + "/p.npy")
      #expect(try LabelProbabilities(path: folder + "/p.npy") == probabilities)
    }
  }

  @Test func noFramesAreAllowed() throws {
    let none = try read(shape: [0, 29], [])
    #expect(none.frameCount == 0)
  }

  @Test func shapeMustBeFramesByLabels() {
    for shape in [[4], [1, 2, 2], [4, 1]] {
      #expect(throws: TranscriptError.notFramesByLabels(path: "p.npy", shape: shape)) {
        try read(shape: shape, [1, 1, 1, 1])
      }
    }
  }

  @Test(arguments: [Float.nan, -0.5, 1.01, .infinity])
  func valueOutsideZeroToOneIsPlaced(value: Float) {
    #expect(
      throws: TranscriptError.notProbability(
        path: "p.npy", frame: 1, label: 0, value: "\(value)")
    ) { try read(shape: [2, 2], [0.5, 0.5, value, 0.5]) }
  }

  @Test func logitsAreRecognised() throws {
    let error = #expect(throws: TranscriptError.self) {
      try read(shape: [1, 3], [0.9, 0.9, 0.25])
    }
    #expect(error == .notNormalized(path: "p.npy", frame: 0, sum: 2.05))
    #expect(error?.description.contains("apply softmax") == true)
  }

  @Test func missingFileIsNamed() {
    let error = #expect(throws: TranscriptError.self) {
      try LabelProbabilities(path: "/nowhere/p.npy")
    }
    #expect(error?.description.hasPrefix("/nowhere/p.npy: cannot be read") == true)
  }

  @discardableResult
  private func read(shape: [Int], _ values: [Float]) throws -> LabelProbabilities {
    try LabelProbabilities(array: NumPyArray(shape: shape, values: values), path: "p.npy")
  }
}
