import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaModelTestSupport
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct AcousticModelTests {
  static func recording(frames: Int, seed: UInt64) -> FeatureMatrix {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<frames * 26).map { _ in Float.random(in: -2...2, using: &generator) }
    return FeatureMatrix(frameCount: frames, featureCount: 26, values: values)
  }

  @Test func modelFileReadsBackAsItWas() throws {
    try withTemporaryFolder { folder in
      let model = try smallModel()
      try model.write(to: folder + "/model.safetensors")
      let read = try AcousticModel(path: folder + "/model.safetensors")
      #expect(read.description == model.description)
      #expect(read.alphabet == model.alphabet)
      #expect(read.parameters == model.parameters)
    }
  }

  @Test func aModelCutInHalfIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try smallModel().write(to: path)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ModelError.self) { try AcousticModel(path: path) }
      #expect(error?.description.contains("\(path): the file is cut off") == true)
      try Data("RIFF and so on".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: ModelError.notAModel(path: path, found: "other content")) {
        try AcousticModel(path: path)
      }
    }
  }

  @Test func aBatchRecognisesWhatEachRecordingAloneDoes() throws {
    let model = try smallModel(units: 5)
    let compute = Compute(threadCount: 2)
    let recordings = [4, 30, 1, 12].map { Self.recording(frames: $0, seed: UInt64($0)) }
    let together = model.probabilities(of: recordings, compute: compute)
    for (recording, probabilities) in zip(recordings, together) {
      let alone = model.probabilities(of: [recording], compute: compute)[0]
      #expect(alone.frameCount == recording.frameCount)
      expectClose(probabilities.values, alone.values, absolute: 1e-6)
    }
  }

  @Test(arguments: [1, 7, 29, 30, 100]) func piecesAreRecognisedAsTheWhole(pieceLength: Int) throws
  {
    let model = try smallModel(units: 5)
    let compute = Compute(threadCount: 1)
    let recording = Self.recording(frames: 30, seed: 8)
    let whole = model.probabilities(of: [recording], compute: compute)[0]
    let pieces = model.probabilities(of: recording, compute: compute, pieceLength: pieceLength)
    #expect(pieces.frameCount == 30)
    expectClose(pieces.values, whole.values, absolute: 1e-6)
    let nothing = FeatureMatrix(frameCount: 0, featureCount: 26, values: [])
    #expect(model.probabilities(of: nothing, compute: compute).frameCount == 0)
  }

  @Test func contextIsZeroBeyondTheEnds() {
    let recordings = [
      FeatureMatrix(frameCount: 3, featureCount: 1, values: [1, 2, 3]),
      FeatureMatrix(frameCount: 1, featureCount: 1, values: [9]),
    ]
    let batch = Tensor(batching: recordings, contextFrameCount: 2)
    #expect(batch.shape == [3, 2, 5])
    let expected: [Float] = [
      0, 0, 1, 2, 3, 0, 0, 9, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0,
    ]
    #expect(batch.values == expected)
  }
}
