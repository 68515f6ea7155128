extension RunReport {
  /// The page's style sheet, for light and dark screens.
  static let style = """
    :root{--back:#f6f7f9;--card:#fff;--text:#1b2330;--muted:#667085;--line:#e4e7ec;
    --first:#2563c9;--second:#c2530c;--third:#0d7a6f;--good:#e9f5ee}
    @media(prefers-color-scheme:dark){:root{--back:#12161c;--card:#1b2129;--text:#e6e9ee;
    --muted:#98a2b3;--line:#2d3540;--first:#7aa9f7;--second:#f0965a;--third:#4fc3b4;--good:#1d3328}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--back);color:var(--text);
    font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
    main{max-width:1120px;margin:0 auto;padding:28px 20px 60px}
    h1{font-size:26px;line-height:1.2;margin:0 0 4px}h2{font-size:18px;margin:0 0 8px}
    h3{font-size:13px;font-weight:600;margin:0}p{margin:0}
    .muted{color:var(--muted);font-size:13px}
    header .muted{display:flex;justify-content:space-between}
    .bar{height:8px;border-radius:4px;background:var(--line);margin:14px 0 8px;overflow:hidden}
    .bar i{display:block;height:100%;background:var(--first)}
    section{background:var(--card);border:1px solid var(--line);border-radius:10px;
    padding:18px 20px;margin-top:18px;overflow-x:auto}
    .tiles,.charts{display:grid;gap:14px;background:none;border:0;padding:0}
    .tiles{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}
    .charts{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
    .tiles>div,.chart{background:var(--card);border:1px solid var(--line);border-radius:10px;
    padding:14px 16px;margin:0}
    .tiles h3{color:var(--muted);font-weight:500}
    .value{font-size:25px;font-weight:600;line-height:1.35;font-variant-numeric:tabular-nums}
    figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 16px}
    .key{font-size:13px;margin-left:14px;color:var(--muted)}.key b{color:var(--text)}
    .key i{display:inline-block;width:14px;height:3px;border-radius:2px;margin:0 6px 3px 0;
    background:currentColor;vertical-align:middle}
    .key.first i{background:var(--first)}.key.second i{background:var(--second)}
    .key.third i{background:var(--third)}
    svg{display:block;width:100%;height:auto;margin-top:6px}
    .grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--muted);stroke-width:1}
    .mark{stroke:var(--muted);stroke-width:1;stroke-dasharray:3 3}
    .tick{fill:var(--muted);font-size:11.5px;font-variant-numeric:tabular-nums}
    .line{fill:none;stroke-width:2;stroke-linejoin:round}
    .line.first{stroke:var(--first)}.line.second{stroke:var(--second)}
    .faint{stroke-width:1;opacity:.3}.wide{grid-column:1/-1}
    .line.third{stroke:var(--third)}
    .dot.first{fill:var(--first)}.dot.second{fill:var(--second)}.dot.third{fill:var(--third)}
    table{border-collapse:collapse;width:100%;font-size:14px}
    th,td{text-align:left;padding:5px 14px 5px 0;border-top:1px solid var(--line);
    vertical-align:top}
    table tr:first-child>*{border-top:0}
    th{font-weight:500;color:var(--muted);white-space:nowrap}
    .number{text-align:right;padding:5px 0 5px 14px;font-variant-numeric:tabular-nums;
    white-space:nowrap}
    .recognised th{width:3.5em}.settings th{width:16em}.best{background:var(--good)}
    article{margin-top:14px;border-top:1px solid var(--line);padding-top:12px}
    .said{font-weight:600;margin-bottom:4px}
    summary{cursor:pointer;color:var(--muted);font-size:13px;padding:6px 0}
    """
}
