import Foundation
import ParlaNeuralNetwork
import Testing

@testable import ParlaTraining

@Suite struct RunReportTests {
  static func epoch(_ number: Int, recognized: String) -> EpochReport {
    EpochReport(
      epoch: number, trainLoss: 30 / Double(number), devLoss: 40 / Double(number),
      devWordErrorRate: 0.5, devCharacterErrorRate: 0.25, learningRate: 0.001,
      audioSecondsPerSecond: 120, isBest: true,
      examples: [.init(said: "a <b> & c", recognized: recognized)])
  }

  static var report: RunReport {
    var report = RunReport()
    report.history = (1...12).map { epoch($0, recognized: "text of \($0)") }
    report.configuration = [("epochs", "30")]
    report.quarantine = [
      QuarantinedSample(
        audioPath: "a.wav", manifestPath: "m.csv", line: 3, transcript: "x", reason: "too short")
    ]
    return report
  }

  @Test func itHoldsWhatHappened() {
    let page = Self.report.html(time: Date(timeIntervalSince1970: 0))
    for text in [
      "<svg", "Development loss", "25.0 %", "text of 12", "a &lt;b&gt; &amp; c", "too short",
      "<th>epochs</th><td>30</td>", "1970-01-01 00:00:00 UTC",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("http://") && !page.contains("<script"), "it needs nothing else")
    #expect(!page.contains("NaN") && !page.contains("inf"))
  }

  @Test func eachSetIsShownByItself() {
    var report = Self.report
    #expect(!report.html().contains("<h2>Sets</h2>"), "one set has nothing to add")
    func sets(_ rate: Double) -> [EpochReport.SetReport] {
      [
        .init(path: "a&b.csv", decides: true, loss: 1, wordErrorRate: 1, characterErrorRate: rate),
        .init(path: "c.csv", decides: false, loss: 2, wordErrorRate: 1, characterErrorRate: 0.5),
      ]
    }
    report.history = [0.125, 0.375].enumerated().map { index, rate in
      EpochReport(
        epoch: index + 1, trainLoss: 1, devLoss: 1, devWordErrorRate: 1,
        devCharacterErrorRate: rate, learningRate: 0.001, audioSecondsPerSecond: 1,
        isBest: index == 0, examples: [], sets: sets(rate))
    }
    let page = report.html()
    for text in [
      "<td>a&amp;b.csv</td>", "12.5 %", "37.5 %", "c.csv (measured only)", "Loss, best (1)",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func itLooksAgainOnlyWhileTheTrainingRuns() {
    var report = Self.report
    #expect(report.html().contains("http-equiv=\"refresh\""))
    report.status = .ended("Finished")
    #expect(!report.html().contains("http-equiv=\"refresh\""))
    #expect(report.html().contains("<h1>Finished</h1>"))
  }

  @Test func anEmptyOneIsAPageToo() {
    #expect(RunReport().html().contains("<h1>Starting</h1>"))
  }

  @Test func oddValuesDoNotSpoilAChart() {
    let odd = [(1, Double.nan), (2, .infinity), (3, 0), (4, -1), (5, 1e-300), (6, 1e9)]
    for isLogarithmic in [true, false] {
      let points = odd.map { ChartPoint(x: Double($0.0), y: $0.1) }
      let chart = LineChart(
        title: "t", horizontalName: "x", series: [.init(name: "s", color: "first", points: points)],
        isLogarithmic: isLogarithmic)
      let html = chart.html ?? ""
      #expect(!html.contains("nan") && !html.contains("inf"))
      #expect(html.contains("<polyline"))
    }
    #expect(LineChart(title: "t", horizontalName: "x", series: []).html == nil)
  }

  @Test func ticksAreRoundAndCoverAll() {
    #expect(roundNumbers(from: 0, to: 97) == [0, 20, 40, 60, 80, 100])
    #expect(roundNumbers(from: 1, to: 30, count: 7) == [0, 5, 10, 15, 20, 25, 30])
    let small = roundNumbers(from: 0.2, to: 0.21)
    #expect(small.count >= 2 && (small.first ?? 1) <= 0.2 && (small.last ?? 0) >= 0.2099)
  }

  @Test func thinningKeepsTheMean() {
    let points = (0..<1000).map { ChartPoint(x: Double($0), y: 2) }
    let thin = thinned(points, to: 100)
    #expect(thin.count == 100)
    #expect(thin.allSatisfy { $0.y == 2 })
    #expect(thin[0].x == 4.5)
  }

  /// Settings tell which optimiser it was, not only its numbers.
  @Test func settingsNameTheOptimizer() throws {
    var configuration = TrainingConfiguration(
      trainFiles: ["a.csv"], devFiles: [], checkpointFolder: "c")
    configuration.optimization.optimizer = .sgd(momentum: 0.5)
    let setting = try #require(
      configuration.settings.first { $0.name == "optimization: optimizer" })
    #expect(setting.value == "sgd, momentum 0.5, nesterov false")
  }
}
