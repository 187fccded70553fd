import { plainTextOf } from '../../../src/templates/domain/plain-text';

describe('the text part of an HTML template', () => {
  it('keeps merge tags and headings as they are, on unwrapped lines', () => {
    expect(plainTextOf(`<h1>Dear {{customer.firstName}}</h1><p>${'long '.repeat(60)}</p>`)).toBe(
      `Dear {{customer.firstName}}\n\n${'long '.repeat(60).trim()}`,
    );
  });

  it('writes links behind their words, and leaves pictures out with their links', () => {
    const html =
      '<a href="{{store.url}}"><img src="x" alt="x"></a><p>See <a href="{{order.url}}">your order</a></p><div style="display:none;x">y</div><b aria-hidden="true">1</b>';
    expect(plainTextOf(html)).toBe('See your order <{{order.url}}>');
  });

  it('takes the indentation around blocks away, and leaves words apart', () => {
    const html = '<div>{{#each a}}\n  {{#if b}}\n  <span>x</span>\n {{/if}} y {{#if c}}d{{/if}} e<br>{{/each}}</div>';
    expect(plainTextOf(html)).toBe('{{#each a}}{{#if b}}x {{/if}} y {{#if c}}d{{/if}} e\n{{/each}}');
  });
});
