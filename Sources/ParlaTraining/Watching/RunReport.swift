import Foundation
import ParlaTranscripts

/// `report.html`: what a training was and is like, on one page that needs nothing else.
struct RunReport {
  /// How far the training is.
  enum Status: Equatable {
    case running
    case ended(String)
  }

  var status = Status.running
  /// A description of the model, in a line.
  var heading = ""
  /// The settings, by name.
  var configuration: [(name: String, value: String)] = []
  var progress: TrainingProgress?
  var history: [EpochReport] = []
  /// The losses of the steps.
  var steps: [ChartPoint] = []
  var quarantine: [QuarantinedSample] = []

  /// The page.
  func html(time: Date = Date()) -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    \(status == .running ? "<meta http-equiv=\"refresh\" content=\"30\">" : "")
    <title>\(escaped(statusText)) – Parla training</title>
    <style>\(Self.style)</style></head><body><main>
    \(header(time))
    \(tiles)
    <section class="charts">
    \(charts.compactMap(\.html).joined(separator: "\n"))
    </section>
    \(samples)
    \(sets)
    \(epochs)
    \(quarantineTable)
    \(settings)
    </main></body></html>
    """
  }

  private var statusText: String {
    switch status {
    case .running: progress.map { "Epoch \($0.epoch) of \($0.epochCount)" } ?? "Starting"
    case .ended(let text): text
    }
  }

  private func header(_ time: Date) -> String {
    let share =
      progress.map {
        (Double($0.epoch - 1) + Double($0.batch) / Double(max($0.batchCount, 1)))
          / Double(max($0.epochCount, 1))
      } ?? (history.isEmpty ? 0 : 1)
    let left = progress.map { "about \(Self.duration($0.secondsLeft)) left" } ?? ""
    let stamp = time.formatted(.iso8601.dateSeparator(.dash).timeSeparator(.colon))
      .replacing("T", with: " ").replacing("Z", with: " UTC")
    return """
      <header><h1>\(escaped(statusText))</h1>
      <p>\(escaped(heading))</p>
      <div class="bar"><i style="width:\(String(format: "%.1f", 100 * min(share, 1)))%"></i></div>
      <p class="muted"><span>\(status == .running ? left : "")</span>\
      <span>written \(stamp)</span></p></header>
      """
  }

  // MARK: Figures

  private var best: EpochReport? { history.last { $0.isBest } }

  private var tiles: String {
    var tiles: [(name: String, value: String, note: String)] = []
    if let best {
      let epoch = "epoch \(best.epoch), the best"
      if let loss = best.devLoss {
        tiles.append(("Development loss", String(format: "%.2f", loss), epoch))
      }
      if let rate = best.devWordErrorRate { tiles.append(("WER", Self.percent(rate), epoch)) }
      if let rate = best.devCharacterErrorRate { tiles.append(("CER", Self.percent(rate), epoch)) }
    }
    if let loss = progress?.loss ?? history.last?.trainLoss {
      tiles.append(
        (
          "Training loss", String(format: "%.2f", loss),
          status == .running ? "this epoch so far" : "last epoch"
        ))
    }
    if let speed = progress?.audioSecondsPerSecond ?? history.last?.audioSecondsPerSecond {
      tiles.append(("Speed", String(format: "%.0f", speed), "seconds of sound a second"))
    }
    tiles.append(("Quarantine", "\(quarantine.count)", "samples left out"))
    let cells = tiles.map { tile in
      """
      <div><h3>\(tile.name)</h3><p class="value">\(tile.value)</p>\
      <p class="muted">\(escaped(tile.note))</p></div>
      """
    }
    return "<section class=\"tiles\">\(cells.joined())</section>"
  }

  private var finiteSteps: [ChartPoint] { steps.filter(\.y.isFinite) }

  private var charts: [LineChart] {
    func points(_ value: (EpochReport) -> Double?) -> [ChartPoint] {
      history.compactMap { epoch in value(epoch).map { ChartPoint(x: Double(epoch.epoch), y: $0) } }
    }
    func percent(_ rate: Double?) -> Double? { rate.map { 100 * $0 } }
    let marked = best?.devLoss == nil ? nil : best.map { Double($0.epoch) }
    return [
      LineChart(
        title: "Loss", horizontalName: "epoch",
        series: [
          .init(name: "training", color: "first", points: points { $0.trainLoss }),
          .init(name: "development", color: "second", points: points { $0.devLoss }),
        ], marked: marked),
      LineChart(
        title: "Error rates, %", horizontalName: "epoch",
        series: [
          .init(name: "WER", color: "first", points: points { percent($0.devWordErrorRate) }),
          .init(name: "CER", color: "second", points: points { percent($0.devCharacterErrorRate) }),
        ], digits: 1, marked: marked),
      LineChart(
        title: "Learning rate", horizontalName: "epoch",
        series: [
          .init(name: "rate", color: "third", points: points { Double($0.learningRate) })
        ], isLogarithmic: true),
      LineChart(
        title: "Speed, seconds of sound a second", horizontalName: "epoch",
        series: [
          .init(name: "speed", color: "third", points: points { $0.audioSecondsPerSecond })
        ], digits: 0),
      LineChart(
        title: "Loss by step", horizontalName: "step",
        series: [
          .init(name: "step", color: "first", points: finiteSteps, isFaint: true),
          .init(name: "mean of a tenth", color: "first", points: smoothed(finiteSteps)),
        ], isWide: true),
    ]
  }

  // MARK: Tables

  /// The recognised texts of a few samples, epoch by epoch.
  private var samples: String {
    guard let last = history.last, !last.examples.isEmpty else { return "" }
    let blocks = last.examples.indices.map { index in
      let said = last.examples[index].said
      let texts = history.compactMap { epoch -> (Int, String)? in
        guard index < epoch.examples.count, epoch.examples[index].said == said else { return nil }
        return (epoch.epoch, epoch.examples[index].recognized)
      }
      let shown = Self.evenly(texts, count: 6)
      let rest = texts.count > shown.count ? Self.details("All epochs", rows(texts, said)) : ""
      return """
        <article><p class="said">\(escaped(said))</p>
        <table class="recognised">\(rows(shown, said))</table>\(rest)</article>
        """
    }
    return """
      <section><h2>Recognised text</h2><p class="muted">Samples of the development set: the transcript, \
      and what the model of each epoch made of it, with its CER.</p>\(blocks.joined())</section>
      """
  }

  private func rows(_ texts: [(epoch: Int, text: String)], _ said: String) -> String {
    texts.map { epoch, text in
      let rate = ErrorRate.SampleErrors(reference: said, hypothesis: text).characters.rate
      let shown = text.isEmpty ? "<span class=\"muted\">(nothing)</span>" : escaped(text)
      return """
        <tr><th>\(epoch)</th><td>\(shown)</td>\
        <td class="number">\(Self.percent(rate))</td></tr>
        """
    }.joined()
  }

  private var epochs: String {
    guard !history.isEmpty else { return "" }
    let rows = history.map { epoch in
      let cells = [
        "\(epoch.epoch)", Self.figure(epoch.trainLoss), Self.figure(epoch.devLoss),
        epoch.devWordErrorRate.map(Self.percent) ?? "–",
        epoch.devCharacterErrorRate.map(Self.percent) ?? "–", "\(epoch.learningRate)",
        String(format: "%.0f", epoch.audioSecondsPerSecond),
      ]
      let isBest = epoch.epoch == best?.epoch && epoch.devLoss != nil
      return "<tr\(isBest ? " class=\"best\"" : "")>"
        + cells.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>"
    }
    let names = [
      "Epoch", "Training loss", "Development loss", "WER", "CER", "Learning rate", "Speed",
    ]
    return "<section><h2>Epochs</h2>"
      + Self.details(
        "\(history.count) epochs",
        "<tr>" + names.map { "<th class=\"number\">\($0)</th>" }.joined() + "</tr>"
          + rows.joined(separator: "\n")) + "</section>"
  }

  /// Each CSV by itself, in the best epoch and the last.
  private var sets: String {
    guard let last = history.last, let sets = last.sets, !sets.isEmpty else { return "" }
    let rows = sets.map { set in
      let atBest = best?.sets?.first { $0.path == set.path }
      let figures = [atBest, set].flatMap {
        [
          Self.figure($0?.loss), $0.map { Self.percent($0.wordErrorRate) } ?? "–",
          $0.map { Self.percent($0.characterErrorRate) } ?? "–",
        ]
      }
      return "<tr><td>\(escaped(set.path))\(set.decides ? "" : " (measured only)")</td>"
        + figures.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>"
    }
    let names = ["best" + (best.map { " (\($0.epoch))" } ?? ""), "last (\(last.epoch))"].flatMap {
      ["Loss, \($0)", "WER", "CER"]
    }
    let heads = names.map { "<th class=\"number\">\($0)</th>" }.joined()
    return """
      <section><h2>Sets</h2><p class="muted">Each CSV by itself, after the best epoch and the last.</p>\
      <table><tr><th>CSV</th>\(heads)</tr>\(rows.joined(separator: "\n"))</table></section>
      """
  }

  private var quarantineTable: String {
    guard !quarantine.isEmpty else { return "" }
    let rows = quarantine.prefix(100).map { sample in
      """
      <tr><td>\(escaped(sample.audioPath))</td><td>\(escaped(sample.transcript))</td>\
      <td>\(escaped(sample.reason))</td>\
      <td class="number">\(sample.step.map(String.init) ?? "before")</td></tr>
      """
    }
    let more = quarantine.count - rows.count
    return """
      <section><h2>Quarantine</h2><p class="muted">Samples that the training did without; \
      quarantine.csv lists them all.</p><table><tr><th>Recording</th><th>Transcript</th>\
      <th>Reason</th><th class="number">Step</th></tr>\(rows.joined(separator: "\n"))</table>\
      \(more > 0 ? "<p class=\"muted\">… and \(more) more</p>" : "")</section>
      """
  }

  private var settings: String {
    let rows = configuration.map { name, value in
      "<tr><th>\(escaped(name))</th><td>\(escaped(value))</td></tr>"
    }
    return "<section><h2>Configuration</h2>"
      + "<table class=\"settings\">\(rows.joined(separator: "\n"))</table></section>"
  }

  // MARK: Spelling

  private static func details(_ name: String, _ rows: String) -> String {
    "<details><summary>\(name)</summary><table>\(rows)</table></details>"
  }

  private static func percent(_ rate: Double) -> String { String(format: "%.1f %%", 100 * rate) }

  private static func figure(_ value: Double?) -> String {
    value.map { String(format: "%.2f", $0) } ?? "–"
  }

  private static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e7 else { return "?" }
    if seconds < 90 { return "\(Int(seconds.rounded())) s" }
    if seconds < 5400 { return "\(Int((seconds / 60).rounded())) min" }
    return String(format: "%.1f h", seconds / 3600)
  }

  /// At most `count` of `elements`: the first, the last, and some in between.
  private static func evenly<Element>(_ elements: [Element], count: Int) -> [Element] {
    guard elements.count > count else { return elements }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
  }
}
