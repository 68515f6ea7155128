import Foundation
import ParlaFiles
public import ParlaLanguageModel

/// Estimates an n-gram language model from text: modified Kneser-Ney smoothing, as KenLM's `lmplz` computes it.
///
/// Text that fits into the memory budget is handled there; longer text goes through sorted temporary files.
public struct LanguageModelBuilder: Sendable {
  /// What is estimated, and with which resources.
  public struct Options: Sendable, Equatable {
    /// How many words the longest n-grams have.
    public var order: Int
    /// Per order, n-grams that occur at most this often are pruned; the last value also applies to higher orders.
    ///
    /// The values must not fall. No value means that all n-grams stay.
    public var pruning: [Int] = []
    /// A file of words; n-grams with any other word are pruned.
    public var vocabularyLimit: String?
    /// What to do if the closed form of the discounts has no solution.
    public var discountFallback = DiscountFallback.use(.fallback)
    /// Whether unigrams are mixed with the uniform distribution; else `<unk>` gets all of that mass.
    public var interpolatesUnigrams = true
    /// Whether `<s>`, `</s>` and `<unk>` in the text count as spaces; else they are an error.
    public var skipsSpecialWords = false
    /// The least number of words that the uniform distribution is spread over.
    public var minimumVocabulary = 0
    /// Bytes of memory to work with.
    public var memory = Int(Double(ProcessInfo.processInfo.physicalMemory) * 0.8)
    /// The folder for temporary files.
    public var temporaryFolder = NSTemporaryDirectory()
    /// How many threads format the result.
    public var threadCount = Processors.count

    /// Options for a model of `order`, all others as in lmplz.
    public init(order: Int) { self.order = order }
  }

  /// The stage of the work.
  public enum Progress: Sendable, Equatable {
    /// Text is read; `total` bytes are known for plain files.
    case reading(path: String, bytes: Int, total: Int?)
    /// Counts are adjusted; the number of finished n-grams of the highest order.
    case adjusting(ngramCount: Int)
    /// n-grams of this order are sorted, counted and estimated.
    case estimating(order: Int)
    /// Probabilities are interpolated over the orders; the number of finished n-grams.
    case interpolating(ngramCount: Int)
    /// n-grams of this order are written.
    case writing(order: Int)
  }

  /// The results.
  public struct Summary: Sendable, Equatable {
    /// Words read, without sentence marks.
    public let wordCount: Int
    /// Lines read.
    public let sentenceCount: Int
    /// Different words, `<unk>`, `<s>` and `</s>` included.
    public let vocabularyCount: Int
    /// One entry an order.
    public let orders: [OrderSummary]
    /// Whether the text was larger than the memory budget.
    public let usedTemporaryFiles: Bool
  }

  private let options: Options

  /// Checks `options`.
  ///
  /// - Throws: `LanguageModelError.invalidOption`.
  public init(_ options: Options) throws(LanguageModelError) {
    try Self.check(options)
    self.options = options
  }

  private static func check(_ options: Options) throws(LanguageModelError) {
    // What can be read again.
    guard (1...NGramState.capacity + 1).contains(options.order) else {
      throw .invalidOption(
        name: "--order", found: "\(options.order)", expected: "1 to \(NGramState.capacity + 1)")
    }
    let pruning = options.pruning
    guard pruning.count <= options.order else {
      throw .invalidOption(
        name: "--prune", found: "\(pruning.count) values",
        expected: "at most one for each of the \(options.order) orders")
    }
    guard pruning.allSatisfy({ $0 >= 0 }), zip(pruning, pruning.dropFirst()).allSatisfy(<=) else {
      throw .invalidOption(
        name: "--prune", found: pruning.map(String.init).joined(separator: " "),
        expected: "counts that do not fall, or n-grams would stay without their suffixes")
    }
    guard options.minimumVocabulary <= 0 || options.interpolatesUnigrams else {
      throw .invalidOption(
        name: "--vocab-pad", found: "no interpolation of unigrams",
        expected: "--interpolate-unigrams, since only then unknown words share mass")
    }
    guard options.memory >= 1 << 20 else {
      throw .invalidOption(
        name: "--memory", found: "\(options.memory) bytes", expected: "at least 1 MiB")
    }
  }

  /// Estimates from the files at `texts` and writes an ARPA file to `output`; `-` is standard input and output.
  ///
  /// Texts may be plain or compressed with gzip, bzip2 or xz. `progress` is called regularly; an error that it throws ends
  /// the work and leaves neither the output nor temporary files behind.
  ///
  /// - Throws: `LanguageModelError`, and what `progress` throws.
  public func build(
    texts: [String], output: String, progress: (Progress) throws -> Void = { _ in }
  ) throws -> Summary {
    if output != "-" {
      do { try AtomicFile.prepare(output) } catch { throw LanguageModelError(error) }
    }
    let estimation = try TextEstimation(texts, options, progress)
    if output == "-" {
      try estimation.write(progress) { try FileHandle.standardOutput.write(contentsOf: $0) }
    } else {
      do {
        try AtomicFile.write(to: output) { file in
          try estimation.write(progress) { data throws in try file.append(data) }
        }
      } catch let error as FileError {
        throw LanguageModelError(error)
      }
    }
    return estimation.summary
  }
}
