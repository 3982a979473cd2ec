const width = 640;
const horizon = 150;
const rows = [1, 1.35, 1.85, 2.6, 3.8, 5.8, 9.5];

/** The airfield at dusk: a runway that runs to the horizon, its lights, and who shares the air above it. */
export function Dusk() {
  return (
    <svg className="dusk" viewBox={`0 0 ${width} 260`} preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <defs>
        <linearGradient id="dusk-sky" x2="0" y2="1">
          <stop offset="0" className="dusk-high" />
          <stop offset="0.62" className="dusk-middle" />
          <stop offset="1" className="dusk-low" />
        </linearGradient>
      </defs>
      <rect width={width} height={horizon} fill="url(#dusk-sky)" />
      <path className="dusk-hills" d={`M0 ${horizon}v-8l70-9 60 7 90-12 110 13 80-6 90 9 70-7 70 8v5z`} />
      <rect className="dusk-ground" y={horizon} width={width} height={260 - horizon} />
      <path className="dusk-runway" d={`M312 ${horizon}h16l152 110H160z`} />
      <path className="dusk-line" d={`M319.6 ${horizon}h.8l7 110h-14.8z`} />
      {rows.map((depth) => (
        <g key={depth} className="dusk-lights">
          <circle cx={width / 2 - 205 / depth} cy={horizon + 96 / depth} r={3.6 / depth + 0.5} />
          <circle cx={width / 2 + 205 / depth} cy={horizon + 96 / depth} r={3.6 / depth + 0.5} />
        </g>
      ))}
      {flock.map(([x, y, scale]) => (
        <path
          key={x}
          className="dusk-bird"
          transform={`translate(${x} ${y}) scale(${scale})`}
          d="M2 8c10-7 20-6 30 8 10-14 20-15 30-8-9-2-19 0-30 14C21 8 11 6 2 8Z"
        />
      ))}
    </svg>
  );
}

const flock = [
  [404, 44, 0.8],
  [478, 84, 0.5],
  [368, 96, 0.36],
  [520, 56, 0.34],
  [446, 112, 0.24],
] as const;
