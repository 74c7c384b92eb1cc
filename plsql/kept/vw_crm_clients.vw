create or replace view vw_crm_clients as
select d.record_key,
       d.client_code,
       d.branch_code,
       d.taxid,
       d.name,
       case
          when d.tax_registration not in ('ISENTO', 'ISENTA', '0', d.exempt_sentinel) then d.tax_registration
       end as tax_registration,
       d.industry,
       -- no trunk zero, but 0800 numbers keep theirs
       case when d.phone like '0%' and d.phone not like '0800%' then ltrim(d.phone, '0') else d.phone end as phone,
       d.address_street,
       d.address_number,
       d.address_complement,
       d.address_district,
       d.address_zipcode,
       d.city,
       d.state,
       d.sales_rep,
       trim(translate(compose(d.financial_analysis), d.odd, d.blanks)) as financial_analysis,
       d.crm_id
  from (
          select b.client_code || '-' || b.code as record_key,
                 b.client_code,
                 b.code as branch_code,
                 regexp_replace(upper(b.taxid), '[^0-9A-Z]') as taxid,
                 trim(translate(compose(cl.name), m.odd, m.blanks)) as name,
                 translate(
                    upper(trim(translate(compose(b.tax_registration), m.odd, m.blanks))), 'A.- ', 'A'
                 ) as tax_registration,
                 trim(translate(compose(i.description), m.odd, m.blanks)) as industry,
                 -- digits only, without country codes and carrier; never shorter than a number with its area code
                 regexp_replace(
                    regexp_replace(regexp_replace(b.phone, '[^0-9]'), '^(0*55)+([0-9]{10,})$', '\2'),
                    '^0[0-9]{2}([0-9]{10,11})$',
                    '\1'
                 ) as phone,
                 trim(translate(compose(b.address_street), m.odd, m.blanks)) as address_street,
                 trim(translate(compose(b.address_number), m.odd, m.blanks)) as address_number,
                 trim(translate(compose(b.address_complement), m.odd, m.blanks)) as address_complement,
                 trim(translate(compose(b.address_district), m.odd, m.blanks)) as address_district,
                 regexp_replace(b.address_zipcode, '[^0-9]') as address_zipcode,
                 trim(translate(compose(c.name), m.odd, m.blanks)) as city,
                 upper(trim(c.state_code)) as state,
                 b.sales_rep,
                 (
                    select max(h.financial_analysis) keep (dense_rank last order by h.changed_on, h.id)
                      from erp.credit_limit_history h
                     where h.client_code = b.client_code
                       and h.branch_code = b.code
                 ) as financial_analysis,
                 b.id_crm as crm_id,
                 m.odd,
                 m.blanks,
                 m.exempt_sentinel
            from erp.branches b
            join erp.clients cl
              on cl.code = b.client_code
            left join erp.cities c
              on c.id = b.city_id
            left join erp.industries i
              on i.id = b.industry_id
           cross join (
                    -- control characters and every blank that is not U+0020; UNISTR alone would be an NVARCHAR2
                    select to_char(
                              unistr(
                                 '\0001\0002\0003\0004\0005\0006\0007\0008\0009\000a\000b\000c\000d\000e\000f\0010'
                                 || '\0011\0012\0013\0014\0015\0016\0017\0018\0019\001a\001b\001c\001d\001e\001f\007f'
                                 || '\0080\0081\0082\0083\0084\0085\0086\0087\0088\0089\008a\008b\008c\008d\008e\008f'
                                 || '\0090\0091\0092\0093\0094\0095\0096\0097\0098\0099\009a\009b\009c\009d\009e\009f'
                                 || '\00a0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200a\2028\2029\202f'
                                 || '\205f\3000'
                              )
                           ) as odd,
                           rpad(' ', 82) as blanks,
                           (
                              select s.value
                                from crm_settings s
                               where s.name = 'exempt_tax_registration'
                           ) as exempt_sentinel
                      from dual
                 ) m
           where b.integrate_crm = 'S'
             -- what was erased on request is not read again
             and not exists (
                    select null
                      from crm_forgotten_records f
                     where f.record_key = b.client_code || '-' || b.code
                 )
       ) d
/
comment on table vw_crm_clients is
   'Branches that take part, one row each, under the neutral field names, in the form in which the CRM holds them'
/
