import ParlaAudio
import Testing

@Suite struct FeatureMatrixContextTests {
  @Test func neighboursStandOldestFirstWithZerosBeyondTheEnds() {
    let matrix = FeatureMatrix(frameCount: 3, featureCount: 2, values: [1, 2, 3, 4, 5, 6])
    let context = matrix.withContext(1)
    #expect(context.frameCount == 3)
    #expect(context.featureCount == 6)
    #expect(context.values == [0, 0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 0, 0])
  }

  @Test func noContextChangesNothing() {
    let matrix = FeatureMatrix(frameCount: 2, featureCount: 1, values: [1, 2])
    #expect(matrix.withContext(0) == matrix)
  }

  @Test func contextMayExceedTheMatrix() {
    let matrix = FeatureMatrix(frameCount: 1, featureCount: 1, values: [7])
    #expect(matrix.withContext(3).values == [0, 0, 0, 7, 0, 0, 0])
    let nothing = FeatureMatrix(frameCount: 0, featureCount: 26, values: [])
    #expect(nothing.withContext(9).featureCount == 494)
  }
}
