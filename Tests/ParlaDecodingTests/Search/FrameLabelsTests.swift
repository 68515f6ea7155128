import Foundation
import ParlaTranscripts
import Testing

@testable import ParlaDecoding

@Suite struct FrameLabelsTests {
  @Test func withoutACutoffAllLabelsAreOffered() {
    let labels = load([0.25, 0.5, 0, 0.25], BeamSearchDecoder(cutoffTopN: 2))
    #expect(labels.byProbability == [1, 0, 2])
    #expect(labels.logProbability[1] == log(Float(0.5)))
    #expect(labels.logProbability[2] == log(Float.leastNormalMagnitude))
  }

  @Test func cutoffKeepsTheMostProbable() {
    let labels = load([0.25, 0.5, 0.05, 0.2], BeamSearchDecoder(cutoffProbability: 0.7))
    #expect(labels.byProbability == [1, 0])
    #expect(labels.blankLogProbability == -.infinity)
    #expect(labels.logProbability[2] == -.infinity)
  }

  @Test func cutoffTopNLimitsTheCutoff() {
    let labels = load(
      [0.25, 0.5, 0.05, 0.2], BeamSearchDecoder(cutoffProbability: 0.99, cutoffTopN: 1))
    #expect(labels.byProbability == [1])
  }

  @Test func blankComesLastUnlessLabelsAreSorted() {
    #expect(!load([0.1, 0.3, 0.6], BeamSearchDecoder()).blankPrecedes(0))
    let sorted = load([0.1, 0.7, 0.2], BeamSearchDecoder(cutoffTopN: 2))
    #expect(sorted.blankPrecedes(0))
    #expect(!sorted.blankPrecedes(1))
  }

  private func load(_ row: [Float], _ settings: BeamSearchDecoder) -> FrameLabels {
    var labels = FrameLabels(settings: settings, labelCount: row.count)
    labels.load(
      frame: 0,
      of: LabelProbabilities(frameCount: 1, labelCount: row.count, values: row))
    return labels
  }
}
