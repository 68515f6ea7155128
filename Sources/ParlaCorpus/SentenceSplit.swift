/// Divides a corpus into train, dev and test so that no sentence is in two of them.
///
/// A sentence's part depends only on the sentence: corpora that are imported together or one after the other, on any
/// machine, agree on it.
public struct SentenceSplit: Sendable, Equatable {
  /// A part of a corpus.
  public enum Part: String, Sendable, Codable, CaseIterable {
    /// What a model learns from.
    case train
    /// For measuring the model on unseen sentences during training.
    case dev
    /// For measuring it at the end.
    case test
  }

  /// The approximate share of the sentences for dev, in [0, 1].
  public let devShare: Double

  /// The approximate share of the sentences for test, in [0, 1].
  public let testShare: Double

  /// Makes a split; by default about 80, 10 and 10 per cent.
  ///
  /// - Throws: `CorpusError.badPartSizes` when nothing is left for train.
  public init(devShare: Double = 0.1, testShare: Double = 0.1) throws(CorpusError) {
    guard devShare >= 0, testShare >= 0, devShare + testShare < 1 else {
      throw .badPartSizes(dev: devShare, test: testShare)
    }
    self.devShare = devShare
    self.testShare = testShare
  }

  private init(_ devShare: Double, _ testShare: Double) {
    self.devShare = devShare
    self.testShare = testShare
  }

  /// About 80, 10 and 10 per cent.
  public static let standard = SentenceSplit(0.1, 0.1)

  /// The part to which `sentence` belongs, whatever its case and punctuation were before cleaning.
  public func part(of sentence: String) -> Part {
    let position = Self.position(of: sentence)
    if position < testShare { return .test }
    return position < testShare + devShare ? .dev : .train
  }

  /// The position of `sentence` in [0, 1): test comes first, then dev.
  package static func position(of sentence: String) -> Double {
    Double(hash(sentence) >> 11) * 0x1p-53
  }

  /// FNV-1a over the UTF-8 bytes, mixed once more since FNV leaves the high bits of short texts alike.
  ///
  /// The mixing is the finalizer of SplitMix64 (Steele et al. 2014, figure 15). Never to be changed: recordings would move
  /// from train to test.
  private static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
    return hash ^ hash >> 31
  }
}
