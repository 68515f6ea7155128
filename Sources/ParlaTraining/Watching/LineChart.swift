import Foundation

/// A point of a chart.
struct ChartPoint: Equatable {
  var x: Double
  var y: Double
}

/// Curves over one axis, as SVG for a page.
struct LineChart {
  /// A curve.
  struct Series {
    let name: String
    /// Which of the page's colours it has: `first` to `third`.
    let color: String
    let points: [ChartPoint]
    /// Whether it is drawn behind a smoother curve of the same data.
    var isFaint = false
  }

  let title: String
  let horizontalName: String
  let series: [Series]
  /// Digits after the point of the values.
  var digits = 2
  /// Whether equal distances are equal ratios.
  var isLogarithmic = false
  /// The position of a mark, for the best epoch.
  var marked: Double?
  /// Whether it takes the whole breadth of the page.
  var isWide = false

  private var width: Double { isWide ? 1074 : 520 }
  private var area: Area { Area(left: 52, right: width - 14, top: 14, bottom: 202) }

  private struct Area {
    let left, right, top, bottom: Double
  }

  /// The chart with its heading and legend; nil when there is nothing to draw.
  var html: String? {
    let series = series.map(finite).filter { !$0.points.isEmpty }
    guard let frame = Frame(self, series) else { return nil }
    let legend = series.filter { !$0.isFaint }.map { one in
      let last = one.points.last.map { number($0.y) } ?? ""
      return "<span class=\"key \(one.color)\"><i></i>\(escaped(one.name)) <b>\(last)</b></span>"
    }.joined()
    return """
      <figure class="chart\(isWide ? " wide" : "")"><figcaption><h3>\(escaped(title))</h3><div>\(legend)</div></figcaption>
      <svg viewBox="0 0 \(Int(width)) 240" role="img" \
      aria-label="\(escaped(title))">
      \(axes(frame))
      \(series.map { curve($0, frame) }.joined(separator: "\n"))
      </svg></figure>
      """
  }

  /// The chart as an SVG file of its own; nil when there is nothing to draw.
  var file: String? {
    guard let drawing else { return nil }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) 240" width="\(Int(width))" height="240">
      <title>\(escaped(title))</title>
      <style>\(Self.plainStyle(series.map(\.color)))</style>
      <rect width="100%" height="100%" fill="#ffffff"/>
      \(drawing)
      </svg>

      """
  }

  /// Axes, curves and legend, for an SVG with the page's style.
  var drawing: String? {
    let series = series.map(finite).filter { !$0.points.isEmpty }
    guard let frame = Frame(self, series) else { return nil }
    let legend = series.filter { !$0.isFaint }.enumerated().map { index, one in
      let y = place(area.top + 14 * Double(index) + 8)
      return """
        <line class="line \(one.color)" x1="\(place(area.right - 150))" x2="\(place(area.right - 136))" y1="\(y)" \
        y2="\(y)"/><text class="tick" x="\(place(area.right - 130))" y="\(y)" dy="0.32em">\(escaped(one.name))</text>
        """
    }
    return ([axes(frame)] + series.map { curve($0, frame) } + legend).joined(separator: "\n")
  }

  /// The style of a picture of its own, whose curves have the colours named `names`.
  ///
  /// Plain colours: many programs that show SVG know no variables.
  static func plainStyle(_ names: [String]) -> String {
    let curves = Set(names).sorted().map { name in
      let color = colors[name] ?? "#1b2330"
      return ".line.\(name){stroke:\(color)}.dot.\(name){fill:\(color)}"
    }
    return """
      .grid{stroke:#e4e7ec;stroke-width:1}.axis,.mark{stroke:#667085;stroke-width:1}
      .mark{stroke-dasharray:3 3}.tick{fill:#667085;font:11.5px sans-serif}
      .line{fill:none;stroke-width:2;stroke-linejoin:round}.faint{stroke-width:1;opacity:.3}
      \(curves.joined(separator: "\n"))
      """
  }

  /// The colours of curves in pictures of their own.
  static let colors = [
    "first": "#2563c9", "second": "#c2530c", "third": "#0d7a6f", "fourth": "#8b3fb8",
    "fifth": "#b08900", "sixth": "#c2245a", "seventh": "#4f6b1f",
  ]

  private func finite(_ series: Series) -> Series {
    Series(
      name: series.name, color: series.color,
      points: thinned(
        series.points.filter { $0.y.isFinite && (!isLogarithmic || $0.y > 0) }, to: 400),
      isFaint: series.isFaint)
  }

  // MARK: Parts

  private func axes(_ frame: Frame) -> String {
    var parts = frame.verticalTicks.map { value in
      let y = place(frame.y(value))
      return """
        <line class="grid" x1="\(place(area.left))" x2="\(place(area.right))" y1="\(y)" y2="\(y)"/>\
        <text class="tick" x="\(place(area.left - 7))" y="\(y)" dy="0.32em" \
        text-anchor="end">\(Self.tick(value))</text>
        """
    }
    parts += frame.horizontalTicks.map { value in
      """
      <text class="tick" x="\(place(frame.x(value)))" y="\(place(area.bottom + 17))" \
      text-anchor="middle">\(Self.count(value))</text>
      """
    }
    parts.append(
      """
      <line class="axis" x1="\(place(area.left))" x2="\(place(area.right))" \
      y1="\(place(area.bottom))" y2="\(place(area.bottom))"/>\
      <text class="tick" x="\(place(area.right))" y="\(place(area.bottom + 33))" \
      text-anchor="end">\(escaped(horizontalName))</text>
      """)
    if let marked, marked >= frame.horizontal.lowerBound, marked <= frame.horizontal.upperBound {
      let x = place(frame.x(marked))
      parts.append(
        """
        <line class="mark" x1="\(x)" x2="\(x)" y1="\(place(area.top))" \
        y2="\(place(area.bottom))"/><text class="tick" x="\(x)" y="\(place(area.top - 4))" \
        text-anchor="middle">best</text>
        """)
    }
    return parts.joined(separator: "\n")
  }

  private func curve(_ series: Series, _ frame: Frame) -> String {
    let points = series.points.map { "\(place(frame.x($0.x))),\(place(frame.y($0.y)))" }
    let line = """
      <polyline class="line \(series.color)\(series.isFaint ? " faint" : "")" \
      points="\(points.joined(separator: " "))"/>
      """
    guard !series.isFaint else { return line }
    // A few points show their values in a tooltip.
    let shown = series.points.count <= 120 ? series.points[...] : series.points.suffix(1)
    let radius = series.points.count <= 40 ? "2.6" : "1.6"
    let dots = shown.map { point in
      """
      <circle class="dot \(series.color)" cx="\(place(frame.x(point.x)))" \
      cy="\(place(frame.y(point.y)))" r="\(radius)"><title>\(escaped(horizontalName)) \
      \(Self.count(point.x)): \(escaped(series.name)) \(number(point.y))</title></circle>
      """
    }
    return line + dots.joined()
  }

  private func number(_ value: Double) -> String {
    if isLogarithmic { return String(format: "%.2g", value) }
    return String(format: "%.\(abs(value) >= 1000 ? 0 : digits)f", value)
  }

  /// A round number, without digits that say nothing.
  private static func tick(_ value: Double) -> String { String(format: "%.6g", value) }

  private static func count(_ value: Double) -> String {
    value >= 100_000 ? String(format: "%.0fk", value / 1000) : String(format: "%.0f", value)
  }

  private func place(_ value: Double) -> String { String(format: "%.1f", value) }

  // MARK: Scales

  /// From values to places.
  private struct Frame {
    let horizontal: ClosedRange<Double>
    let verticalTicks: [Double]
    private let vertical: ClosedRange<Double>
    private let area: Area
    private let isLogarithmic: Bool

    init?(_ chart: LineChart, _ series: [Series]) {
      let all = series.flatMap(\.points)
      guard let left = all.map(\.x).min(), let right = all.map(\.x).max(),
        let lowest = all.map(\.y).min(), let highest = all.map(\.y).max()
      else { return nil }
      area = chart.area
      horizontal = left...max(right, left + 1)
      isLogarithmic = chart.isLogarithmic
      if chart.isLogarithmic {
        let exponents = Int(log10(lowest).rounded(.down))...Int(log10(highest * 1.01).rounded(.up))
        let distance = (exponents.count + 5) / 6
        verticalTicks = stride(
          from: exponents.lowerBound, through: exponents.upperBound, by: distance
        ).map { pow(10, Double($0)) }
        vertical = pow(10, Double(exponents.lowerBound))...pow(10, Double(exponents.upperBound))
      } else {
        let ticks = roundNumbers(
          from: min(0, lowest), to: max(highest, lowest + 1e-9))
        verticalTicks = ticks
        vertical = (ticks.first ?? 0)...max(ticks.last ?? 1, highest)
      }
    }

    var horizontalTicks: [Double] {
      roundNumbers(from: horizontal.lowerBound, to: horizontal.upperBound, count: 7)
        .filter { horizontal.contains($0) && $0 == $0.rounded() }
    }

    func x(_ value: Double) -> Double {
      let share = (value - horizontal.lowerBound) / (horizontal.upperBound - horizontal.lowerBound)
      return area.left + share * (area.right - area.left)
    }

    func y(_ value: Double) -> Double {
      let scale: (Double) -> Double = isLogarithmic ? { log10($0) } : { $0 }
      let (low, high) = (scale(vertical.lowerBound), scale(vertical.upperBound))
      let share = high > low ? (scale(value) - low) / (high - low) : 0.5
      return area.bottom - share * (area.bottom - area.top)
    }
  }
}

/// Numbers that people like to read, 1, 2 or 5 times a power of ten apart, that cover `low` to `high`.
func roundNumbers(from low: Double, to high: Double, count: Int = 5) -> [Double] {
  let rough = max(high - low, 1e-12) / Double(count)
  let power = pow(10, log10(rough).rounded(.down))
  let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
  let first = (low / step).rounded(.down)
  let last = (high / step - 1e-9).rounded(.up)
  return (0...Int(last - first)).map { (first + Double($0)) * step }
}

/// `points` brought down to about `limit`, each the mean of its neighbours.
func thinned(_ points: [ChartPoint], to limit: Int) -> [ChartPoint] {
  guard points.count > limit else { return points }
  let size = (points.count + limit - 1) / limit
  return stride(from: 0, to: points.count, by: size).map { start in
    let group = points[start..<min(start + size, points.count)]
    let count = Double(group.count)
    return ChartPoint(
      x: group.reduce(0) { $0 + $1.x } / count, y: group.reduce(0) { $0 + $1.y } / count)
  }
}

/// `points` with each the mean of itself and the tenth of them before it.
func smoothed(_ points: [ChartPoint]) -> [ChartPoint] {
  let span = max(points.count / 10, 1)
  var sum = 0.0
  return points.indices.map { index in
    sum += points[index].y
    if index >= span { sum -= points[index - span].y }
    return ChartPoint(x: points[index].x, y: sum / Double(min(index + 1, span)))
  }
}

/// `text` escaped for HTML.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
