import Foundation
import ParlaFiles
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import Synchronization

/// Reports the progress of a language model's estimation on standard error, and ends it on Ctrl-C.
final class EstimationReport: Sendable {
  private let status = StatusLine()
  private let stage: Stage
  private let interrupt: InterruptFlag

  /// Whether there may be an output file to take away; text may be waited for without end before that.
  private final class Stage: Sendable {
    let isPastReading = Atomic<Bool>(false)
  }

  init() {
    let stage = Stage()
    self.stage = stage
    interrupt = InterruptFlag { !stage.isPastReading.load(ordering: .relaxed) }
  }

  /// Shows the progress.
  ///
  /// - Throws: `CancellationError` after Ctrl-C.
  func show(_ progress: LanguageModelBuilder.Progress) throws {
    if case .reading = progress {} else { stage.isPastReading.store(true, ordering: .relaxed) }
    if interrupt.isRaised {
      status.clear()
      throw CancellationError()
    }
    status.show(Self.line(progress))
  }

  /// Shows what came out; the use of fallback discounts is explained.
  func show(_ summary: LanguageModelBuilder.Summary) {
    status.note(
      "\(counted(summary.wordCount, "word")) in \(counted(summary.sentenceCount, "sentence")), "
        + "\(summary.vocabularyCount) different ones")
    for order in summary.orders {
      let discounts = order.discounts.values.map { String(format: "%.4g", $0) }
      let pruned = order.count == order.keptCount ? "" : " of \(order.count)"
      status.note(
        "\(order.order)-grams: \(order.keptCount)\(pruned), discounts "
          + discounts.joined(separator: " "))
      guard let reason = order.fallbackReason else { continue }
      status.note(
        "  These discounts are fixed values, since they cannot be computed: \(reason). "
          + "This is usual for little text; more text, or text without duplicates, gives a "
          + "better model.")
    }
  }

  private static func line(_ progress: LanguageModelBuilder.Progress) -> String {
    switch progress {
    case .reading(let path, let bytes, let total):
      let share = total.map { " \(100 * bytes / max($0, 1)) %" } ?? " \(bytes >> 20) MiB"
      return "Reading \(path == "-" ? "standard input" : path):\(share)"
    case .adjusting(let count): return "Adjusting counts: \(count / 1_000_000) million n-grams"
    case .interpolating(let count):
      return "Mixing the orders: \(count / 1_000_000) million n-grams"
    case .estimating(let order): return "Estimating \(order)-grams"
    case .writing(let order): return "Writing \(order)-grams"
    }
  }
}
