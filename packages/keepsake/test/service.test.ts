import { Cached } from 'keepsake';
import { type Forecast, type Forecasts, forecast, serviceUnderEveryConfig } from './service.js';

/** A new class each time: a class keeps the cache that it was first used with. */
function createService(): Forecasts {
  class Weather implements Forecasts {
    calls = 0;

    @Cached({ id: 'weather.predict' })
    async predict(city: string, days: { days: number }): Promise<Forecast> {
      this.calls++;
      return forecast(city, days);
    }
  }
  return new Weather();
}

it('is compiled with TC39 decorators', () => {
  let second: unknown;
  class Probe {
    @(
      (_: unknown, context: unknown) => {
        second = context;
      }
    )
    method(): void {}
  }
  new Probe().method();
  expect(second).toMatchObject({ kind: 'method' });
});

serviceUnderEveryConfig(createService);
