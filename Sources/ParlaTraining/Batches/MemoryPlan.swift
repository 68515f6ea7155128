import Foundation
import ParlaNeuralNetwork

/// The memory limit of a training and its requirement, so that batches that do not fit are split in advance.
public struct MemoryPlan: Sendable, Equatable {
  /// The limit for the training, in bytes.
  public let limit: Int

  /// The memory for weights, gradients, the optimiser and a checkpoint.
  public let modelBytes: Int

  /// The memory for one frame of a batch in the forward and backward pass.
  public let bytesPerFrame: Int

  /// Samples of the largest batch.
  public private(set) var sampleCount = 0

  /// Frames of each of its samples, padding included.
  public private(set) var frameCount = 0

  /// Frames that go through the network together at most, padding included; larger batches are split.
  public private(set) var frameLimit = Int.max

  /// Into how many parts the largest batch is split.
  public var partCount: Int {
    ParlaTraining.partCount(
      sampleCount: sampleCount, longest: frameCount, frameLimit: frameLimit)
  }

  /// The expected memory of the largest batch, or its largest part, with the model.
  public var expectedBytes: Int {
    let samples = (sampleCount + partCount - 1) / max(partCount, 1)
    return modelBytes + samples * frameCount * bytesPerFrame
  }

  /// Whether the requirement is so large that the estimate's error matters.
  public var isTight: Bool { expectedBytes > limit / 4 }

  /// `expectedBytes` for people.
  public var expectedMemory: String { gibibytes(expectedBytes) }

  /// `limit` for people.
  public var allowedMemory: String { gibibytes(limit) }

  /// Estimates what training `graph` takes, of `limit` bytes.
  ///
  /// An average of the weights takes as much again as the weights themselves, and what evaluates it three times as much. Nothing is
  /// kept for the gradients of parameters that are never wanted, and little where activations are `recomputed`.
  init(
    _ graph: Graph, limit: Int, averagesWeights: Bool = false, isWanted: [Bool]? = nil,
    recomputed: Bool = false
  ) {
    self.limit = limit
    let average = averagesWeights ? 4 * Self.floatBytes : 0
    modelBytes = (Self.bytesPerWeight + average) * graph.weightCount
    bytesPerFrame =
      Self.floatBytes * graph.valuesPerFrame(isWanted: isWanted, recomputes: recomputed)
  }

  /// Makes sure that weights and optimiser of `graph` fit into `limit` bytes, before any of them are made.
  ///
  /// - Throws: `TrainingError.largeNetwork`.
  static func require(_ graph: Graph, limit: Int) throws(TrainingError) {
    let count = graph.weightCount
    let (needed, overflow) = count.multipliedReportingOverflow(by: bytesPerWeight)
    guard !overflow, needed <= limit else {
      throw .largeNetwork(weightCount: count, needed: overflow ? .max : needed, limit: limit)
    }
  }

  /// Decides into how large parts batches are split; `largest` is the one with the most frames, of which augmentations may
  /// make `lengthening` times as many.
  ///
  /// A resumed run keeps its `knownLimit`, since parts determine how sums are rounded.
  ///
  /// - Throws: `TrainingError.tooLittleMemory` when not even the longest sample fits.
  mutating func fit(
    _ largest: ArraySlice<ListedSample>, longest: ListedSample, lengthening: Double = 1,
    knownLimit: Int?
  ) throws(TrainingError) {
    sampleCount = largest.count
    let longestCount = longest.frameCount.scaled(by: lengthening)
    frameCount = (largest.last?.frameCount ?? 0).scaled(by: lengthening)
    let room = roomForFrames
    guard room >= longestCount else {
      throw .tooLittleMemory(
        path: longest.audioPath, seconds: longest.seconds,
        needed: modelBytes + longestCount * bytesPerFrame, limit: limit)
    }
    frameLimit = knownLimit.flatMap { $0 <= room ? max($0, longestCount) : nil } ?? room
  }

  /// Lets no more than `frames` go through the network together.
  mutating func limit(frames: Int) { frameLimit = min(frameLimit, frames) }

  /// How many frames fit into memory in addition to the model.
  var roomForFrames: Int { max(limit - modelBytes, 0) / max(bytesPerFrame, 1) }

  /// The limit that a checkpoint keeps: none where all batches fit, so that other batches may fit later.
  var limitToKeep: Int? { partCount > 1 ? frameLimit : nil }

  private static let floatBytes = MemoryLayout<Float>.stride

  /// The weights, their gradients and two moments; the same of the best model without gradients until it is saved.
  private static let bytesPerWeight = 8 * floatBytes
}

extension Graph {
  /// How many numbers the layers learn; the largest number there is when there are more.
  fileprivate var weightCount: Int {
    var sum = 0
    for parameter in parameters {
      var count = 1
      for length in parameter.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        if overflow { return .max }
        count = product
      }
      let (total, overflow) = sum.addingReportingOverflow(count)
      if overflow { return .max }
      sum = total
    }
    return sum
  }
}

extension Int {
  fileprivate func scaled(by factor: Double) -> Int {
    factor == 1 ? self : Int((Double(self) * factor).rounded(.up))
  }
}

extension TrainingConfiguration {
  /// How many bytes the training may take: what was asked for, or most of what is there.
  var memoryToUse: Int { batch.memoryLimit ?? AvailableMemory.bytes / 5 * 4 }
}
