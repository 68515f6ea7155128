import Foundation
import ParlaFiles
public import ParlaLanguageModel

/// Which n-grams of a model are of use for the sentences that a system may say, as KenLM's `filter` decides.
///
/// The remaining lines are copied unchanged; only the counts in the header change. `<s>`, `</s>`, `<unk>` and everything else
/// between `<` and `>` always passes.
public struct ModelFilter: Sendable {
  /// The kind of vocabulary.
  public enum Mode: String, Sendable, CaseIterable {
    /// None: everything passes.
    case copy
    /// All of its words are one set.
    case single
    /// Each line is a sentence and gives a separate model.
    case multiple
    /// Each line is a sentence; an n-gram passes if one sentence has all its words.
    case union
  }

  /// How the n-grams are written.
  public enum Format: String, Sendable, CaseIterable {
    /// N-grams, each optionally followed by a tab and anything.
    case raw
    /// An ARPA file.
    case arpa
  }

  private let mode: Mode
  private let isContextOnly: Bool
  private let threadCount: Int
  private let batchSize: Int
  private let vocabulary: any SentenceFilter

  /// Reads the vocabulary at `path`, which copying does without.
  ///
  /// With `hasPhrases`, its lines are phrases separated by tabs, and an n-gram passes if it is part of some sequence of
  /// a line's phrases. With `isContextOnly`, the last word of an n-gram is not checked.
  ///
  /// - Throws: `LanguageModelError`.
  public init(
    _ mode: Mode, vocabulary path: String?, hasPhrases: Bool = false, isContextOnly: Bool = false,
    threadCount: Int = 1, batchSize: Int = 25_000
  ) throws(LanguageModelError) {
    guard !hasPhrases || mode == .union || mode == .multiple else {
      throw .invalidOption(
        name: "phrase", found: "mode \(mode)",
        expected: "union or multiple; for one set of "
          + "phrases put them all on one line and use union")
    }
    guard threadCount >= 1, batchSize >= 1 else {
      throw .invalidOption(
        name: "threads and batch size", found: "\(threadCount) and \(batchSize)",
        expected: "at least 1 each")
    }
    self.mode = mode
    self.isContextOnly = isContextOnly
    self.threadCount = threadCount
    self.batchSize = batchSize
    if mode == .copy {
      vocabulary = EverythingFilter()
    } else if let path {
      vocabulary =
        hasPhrases
        ? try PhraseFilter(path: path)
        : try VocabularyFilter(path: path, isOneSentence: mode == .single)
    } else {
      throw .invalidOption(
        name: "vocabulary", found: "none", expected: "a file, since the mode is \(mode)")
    }
  }

  /// Filters the n-grams at `model` into `output`, or in multiple mode into `output` with 0, 1, 2 … appended.
  ///
  /// - Throws: `LanguageModelError`.
  public func run(model: String, format: Format, to output: String) throws {
    let paths =
      mode == .multiple ? (0..<vocabulary.sentenceCount).map { output + "\($0)" } : [output]
    let outputs = try paths.map { try FilteredFile(path: $0) }
    do {
      var lines = try LineReader(path: model)
      switch format {
      case .raw: try filterRaw(&lines, outputs)
      case .arpa: try filterARPA(&lines, outputs)
      }
      for output in outputs { try output.commit() }
    } catch {
      for output in outputs { output.discard() }
      throw error
    }
  }
}

// MARK: - Formats

extension ModelFilter {
  private func filterRaw(_ lines: inout LineReader, _ outputs: [FilteredFile]) throws {
    var batch: [Line] = []
    while try lines.advance() {
      let text = lines.current
      if text.isEmpty { continue }
      batch.append(Line(text: text, ngram: text.prefix { $0 != 9 }))
      if batch.count == batchSize * threadCount { try flush(&batch, outputs) }
    }
    try flush(&batch, outputs)
  }

  private func filterARPA(_ lines: inout LineReader, _ outputs: [FilteredFile]) throws {
    let counts = try ARPAHeader.read(&lines)
    // The header is written last, when its numbers are known, into room that is kept for the old ones.
    let room = ARPAHeader.text(counts).count
    for output in outputs { try output.append([UInt8](repeating: 10, count: room)[...]) }
    var kept = [[Int]](repeating: [], count: outputs.count)
    for (index, count) in counts.enumerated() {
      try ARPAHeader.expect("\\\(index + 1)-grams:", &lines)
      for output in outputs { try output.beginSection("\\\(index + 1)-grams:\n") }
      try filterSection(&lines, count: count, order: index + 1, outputs)
      for (number, output) in outputs.enumerated() { kept[number].append(try output.endSection()) }
    }
    try ARPAHeader.expect("\\end\\", &lines)
    for (number, output) in outputs.enumerated() {
      try output.append(Array("\\end\\\n".utf8)[...])
      try output.overwrite(ARPAHeader.text(kept[number]))
    }
  }

  private func filterSection(
    _ lines: inout LineReader, count: Int, order: Int, _ outputs: [FilteredFile]
  ) throws {
    var batch: [Line] = []
    for index in 0..<count {
      guard try lines.advance(), let tab = lines.current.firstIndex(of: 9) else {
        throw LanguageModelError.malformedARPA(
          path: lines.path, line: lines.lineNumber, found: lines.current.quoted,
          expected: "\(count) \(order)-grams with tabs, as the header says; found \(index)")
      }
      let text = lines.current
      batch.append(Line(text: text, ngram: text[(tab + 1)...].prefix { $0 != 9 }))
      if batch.count == batchSize * threadCount { try flush(&batch, outputs) }
    }
    try flush(&batch, outputs)
  }

  /// A line of a model, and the n-gram in it.
  private struct Line {
    let text: ArraySlice<UInt8>
    let ngram: ArraySlice<UInt8>
  }

  /// Decides on a batch, in parts on several threads, and writes what stays in its order.
  private func flush(_ batch: inout [Line], _ outputs: [FilteredFile]) throws {
    let lines = batch
    batch.removeAll(keepingCapacity: true)
    let decisions = DecisionTable(count: lines.count)
    Parallel.run(threadCount) { thread in
      let range = lines.count * thread / threadCount..<lines.count * (thread + 1) / threadCount
      for index in range { decisions.set(index, decide(lines[index].ngram)) }
    }
    for (index, line) in lines.enumerated() {
      switch decisions[index] {
      case .all: for output in outputs { try output.appendLine(line.text) }
      case .sentences(let numbers):
        if mode == .multiple {
          for number in numbers { try outputs[number].appendLine(line.text) }
        } else if !numbers.isEmpty {
          try outputs[0].appendLine(line.text)
        }
      }
    }
  }

  private func decide(_ ngram: ArraySlice<UInt8>) -> SentenceSet {
    var words = ngram.split(separator: 32)
    if isContextOnly, mode != .copy { words.removeLast(min(1, words.count)) }
    return vocabulary.sentences(of: words)
  }
}

/// One decision a line, each set by one thread.
@safe private final class DecisionTable: @unchecked Sendable {
  private let base: UnsafeMutablePointer<SentenceSet>
  private let count: Int

  init(count: Int) {
    self.count = count
    unsafe base = .allocate(capacity: max(1, count))
    unsafe base.initialize(repeating: .all, count: count)
  }

  deinit {
    unsafe base.deinitialize(count: count)
    unsafe base.deallocate()
  }

  func set(_ index: Int, _ value: SentenceSet) { unsafe base[index] = value }

  subscript(index: Int) -> SentenceSet { unsafe base[index] }
}
